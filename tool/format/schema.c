/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/schema.h"

#include <ctype.h>
#include <string.h>

const struct key *schema_key(const struct schema *schema, const char *name) {
    for (size_t i = 0; name != NULL && i < schema->key_count; i++)
        if (strcmp(schema->keys[i].name, name) == 0)
            return &schema->keys[i];
    return NULL;
}

size_t schema_next_choice(const char **choices, const char **choice) {
    size_t size = *choices == NULL ? 0 : strcspn(*choices, "|");

    *choice = *choices;
    if (size != 0)
        *choices += size + ((*choices)[size] == '|');
    return size;
}

bool schema_is_choice(const char *choices, const char *word) {
    const char *choice;
    size_t size;

    while ((size = schema_next_choice(&choices, &choice)) != 0)
        if (strlen(word) == size && strncmp(choice, word, size) == 0)
            return true;
    return false;
}

const char *schema_list_choices(struct arena *arena, const char *choices, const char *quote,
                                const char *last) {
    const char *list = "";
    const char *choice;
    size_t size;

    while ((size = schema_next_choice(&choices, &choice)) != 0) {
        const char *next = *choices == '\0' ? "" : strchr(choices, '|') != NULL ? ", " : last;

        list = arena_printf(arena, "%s%s%.*s%s%s", list, quote, (int)size, choice, quote, next);
    }
    return list;
}

/* Appends the maps below `schema` that are not in the list yet; returns its new length. */
static size_t collect(const struct schema *schema, const struct schema **list, size_t count) {
    for (size_t i = 0; i < schema->key_count; i++) {
        const struct schema *inner = schema->keys[i].schema;
        bool known = inner == NULL || count == SCHEMA_MAPS_MAX;

        for (size_t j = 0; !known && j < count; j++)
            known = list[j] == inner;
        if (!known) {
            list[count] = inner;
            count = collect(inner, list, count + 1);
        }
    }
    return count;
}

size_t schema_maps(const struct schema *root, const struct schema **list) {
    list[0] = root;
    return collect(root, list, 1);
}

const char *schema_slug(const struct schema *schema, struct arena *arena) {
    const char *article = strncmp(schema->what, "a ", 2) == 0    ? "a "
                          : strncmp(schema->what, "an ", 3) == 0 ? "an "
                                                                 : "";
    char *slug = arena_strdup(arena, schema->what + strlen(article));

    for (char *c = slug; *c != '\0'; c++)
        *c = *c == ' ' ? '-' : (char)tolower((unsigned char)*c);
    return slug;
}
