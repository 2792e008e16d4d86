/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/init/survey.h"

#include <string.h>

#include "tool/format/schema.h"

const char *survey_find_kind(const struct tree_node *node, const char *kinds) {
    const struct tree_property *compatible = tree_property(node, "compatible");
    const char *kind = NULL;

    while (compatible != NULL && (kind = tree_next_string(compatible, kind)) != NULL)
        if (schema_is_choice(kinds, kind))
            break;
    return kind;
}

const char *survey_clean(struct arena *arena, const char *text) {
    char *copy = arena_strdup(arena, text == NULL ? "?" : text);

    for (char *at = copy; *at != '\0'; at++)
        if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
            *at = '?';
    return copy;
}

const char *survey_quoted(struct arena *arena, const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789@/_.+-";

    return text[strspn(text, plain)] == '\0' && text[0] != '@' && text[0] != '-'
               ? text
               : arena_printf(arena, "\"%s\"", text);
}

bool survey_is_same_interrupt(const struct tree_interrupt *a, const struct tree_interrupt *b) {
    return a->controller == b->controller && a->number == b->number &&
           a->is_private == b->is_private;
}

bool survey_is_part(const struct survey *survey, enum survey_role role,
                    const struct tree_node *node) {
    for (size_t i = 0; i < survey->part_count; i++)
        if (survey->parts[i].role == role && survey->parts[i].node == node)
            return true;
    return false;
}

size_t survey_count(const struct survey *survey, enum survey_group group) {
    size_t count = 0;

    for (size_t i = 0; i < survey->device_count; i++)
        count += survey->devices[i].group == group;
    return count;
}

bool survey_is_need_of(const struct survey_need *need, const struct tree_node *user) {
    return need->user == user && need->property[0] != '\0';
}

const struct tree_node *survey_next_user(const struct survey_device *device,
                                         const struct tree_node *user) {
    const struct tree_node *next = NULL;

    for (size_t i = 0; i < device->need_count; i++) {
        const struct survey_need *need = &device->needs[i];

        if (need->property[0] != '\0' && need->user > user && (next == NULL || need->user < next))
            next = need->user;
    }
    return next;
}

static bool is_listed(const struct value *list, const char *word) {
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].text, word) == 0)
            return true;
    return false;
}

struct value survey_without(const struct survey_device *device, const struct tree_node *user,
                            struct arena *arena) {
    struct value list = {0};

    for (size_t i = 0; i < device->need_count; i++) {
        const struct survey_need *need = &device->needs[i];

        if (survey_is_need_of(need, user) && !is_listed(&list, need->property))
            *ARENA_ADD(arena, list.items, list.count) = (struct value){.text = need->property};
    }
    list.given = list.count != 0;
    return list;
}

void survey_close(struct survey *survey) {
    diagnostics_free(&survey->lacks);
    board_close(&survey->board);
    *survey = (struct survey){0};
}
