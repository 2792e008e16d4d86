/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/value_scalar.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tool/base/array.h"
#include "tool/base/nearest.h"
#include "tool/base/number.h"
#include "tool/base/text.h"

#define PAGE_SIZE     4096u
#define PATH_SIZE_MAX 4096u /* Linux takes no longer ones */

const char *value_path(struct arena *arena, const char *file, const char *path) {
    const char *slash = strrchr(file, '/');

    if (path[0] == '/' || slash == NULL)
        return arena_strdup(arena, path);
    return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
}

static const struct definitions *definitions_of(const struct value_reader *reader) {
    static const struct definitions none = {0};

    return reader->definitions == NULL ? &none : reader->definitions;
}

/* What ${name} stands for; NULL: nothing. */
static const char *lookup(const struct value_reader *reader, const char *name, size_t length) {
    const struct definitions *definitions = definitions_of(reader);

    if (length == 4 && strncmp(name, "arch", 4) == 0)
        return reader->arch;
    if (length == 5 && strncmp(name, "board", 5) == 0)
        return reader->board;
    for (size_t i = 0; i < definitions->count; i++) {
        const struct definition *definition = &definitions->items[i];

        if (strlen(definition->name) == length && strncmp(definition->name, name, length) == 0)
            return definition->value;
    }
    return definitions->otherwise;
}

/* Says that nothing is known of ${name}. */
static void refuse_name(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                        const char *name) {
    const struct definitions *definitions = definitions_of(reader);
    struct nearest nearest;

    nearest_begin(&nearest, name);
    nearest_offer(&nearest, "arch");
    nearest_offer(&nearest, "board");
    for (size_t i = 0; i < definitions->count; i++)
        nearest_offer(&nearest, definitions->items[i].name);
    if (nearest.best != NULL) {
        VALUE_REFUSE(reader, value, RULE_UNDEFINED_NAME, yaml->mark,
                     "nothing says what ${%s} stands for; did you mean ${%s}? If not, give -D "
                     "%s=VALUE",
                     name, nearest.best, name);
    } else {
        VALUE_REFUSE(reader, value, RULE_UNDEFINED_NAME, yaml->mark,
                     "nothing says what ${%s} stands for; give -D %s=VALUE", name, name);
    }
}

/* What a shell would expand, and this format does not; false with an error. */
static bool check_path(struct value_reader *reader, struct value *value, const struct yaml *yaml) {
    const char *path = yaml->text;

    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "~ does not stand for your home folder here; write the path out, or "
                     "${home}%s and give -D home=$HOME",
                     path + 1);
        return false;
    }
    if (path[0] == '$' && path[1] != '{') {
        int length = (int)strcspn(path + 1, "/.-");

        VALUE_REFUSE(reader, value, RULE_UNDEFINED_NAME, yaml->mark,
                     "a name in a path stands in braces: write ${%.*s}%s, and give -D %.*s=VALUE",
                     length, path + 1, path + 1 + length, length, path + 1);
        return false;
    }
    return true;
}

static void read_path(struct value_reader *reader, struct value *value, const struct yaml *yaml) {
    const char *rest = yaml->text;
    const char *path = "";
    bool expanded = false;

    value->written = yaml->text;
    if (!check_path(reader, value, yaml))
        return;
    while (*rest != '\0') {
        const char *dollar = strstr(rest, "${");
        const char *end = dollar == NULL ? NULL : strchr(dollar, '}');

        if (dollar != NULL && end == NULL) {
            VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                         "the '}' that belongs to ${ is missing; write it");
            return;
        }
        if (dollar == NULL) {
            path = arena_printf(reader->arena, "%s%s", path, rest);
            break;
        }
        size_t length = (size_t)(end - dollar) - 2;
        const char *replacement = lookup(reader, dollar + 2, length);
        if (replacement == NULL) {
            refuse_name(reader, value, yaml,
                        arena_printf(reader->arena, "%.*s", (int)length, dollar + 2));
            return;
        }
        expanded = expanded || path[0] == '\0';
        path =
            arena_printf(reader->arena, "%s%.*s%s", path, (int)(dollar - rest), rest, replacement);
        rest = end + 1;
        if (strlen(path) >= PATH_SIZE_MAX) {
            VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                         "with all ${NAME} replaced this has more than %u characters, which is no "
                         "path; write a shorter one",
                         PATH_SIZE_MAX);
            return;
        }
    }
    if (path[0] == '\0') {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "a path cannot be empty; name a file");
        return;
    }
    /* What -D gives is relative to where the command runs, as it was typed there. */
    bool typed = expanded && yaml->text[0] == '$';
    value->text = typed ? path : value_path(reader->arena, yaml->mark.file, path);
}

static void read_number(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                        const struct key *key) {
    enum number_unit unit = key->type == TYPE_SIZE   ? NUMBER_SIZE
                            : key->type == TYPE_TIME ? NUMBER_TIME
                                                     : NUMBER_PLAIN;
    const char *why = NULL;
    enum number_result result = number_parse(yaml->text, unit, &value->number, &why);

    bool is_zero = (result == NUMBER_OK && value->number == 0) || strcmp(yaml->text, "0") == 0;

    if (key->positive && is_zero) {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "'%s': this cannot be 0; write more, as in %s", yaml->text, key->example);
    } else if (result == NUMBER_TOO_LARGE) {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "'%s': this number is too large for any machine; write a smaller one",
                     yaml->text);
    } else if (result != NUMBER_OK && key->choices != NULL) {
        VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark, "'%s': write %s", yaml->text,
                     schema_list_choices(reader->arena, key->choices, "", " or "));
    } else if (result != NUMBER_OK) {
        VALUE_REFUSE(reader, value, result == NUMBER_WRONG_UNIT ? RULE_WRONG_UNIT : RULE_WRONG_TYPE,
                     yaml->mark, "'%s': %s", yaml->text,
                     number_advice(reader->arena, yaml->text, unit));
    }
}

/*
 * What a number without 0x seems to mean: the digits are hexadecimal, or the whole is decimal. Most
 * addresses are multiples of a page, so one of the two, mostly, is not likely.
 */
static const char *meant_address(struct arena *arena, const char *text, uint64_t decimal,
                                 bool is_decimal) {
    const char *prefixed = arena_printf(arena, "0x%s", text);
    const char *why = NULL;
    uint64_t hex = 0;
    bool is_hex = number_parse(prefixed, NUMBER_PLAIN, &hex, &why) == NUMBER_OK;
    bool may_be_hex = is_hex && (!is_decimal || hex % PAGE_SIZE == 0 || decimal % PAGE_SIZE != 0);
    bool may_be_decimal = is_decimal && (decimal % PAGE_SIZE == 0 || hex % PAGE_SIZE != 0);

    if (may_be_hex && may_be_decimal)
        return arena_printf(arena, "%s, or %s if this is decimal", number_address_text(arena, hex),
                            number_address_text(arena, decimal));
    if (!may_be_hex && !may_be_decimal)
        return NULL;
    return arena_printf(arena, "%s, if that is meant",
                        number_address_text(arena, may_be_hex ? hex : decimal));
}

/* An address is hexadecimal: of 80000000, nobody can tell what it means. */
static void read_address(struct value_reader *reader, struct value *value,
                         const struct yaml *yaml) {
    bool hex = yaml->text[0] == '0' && (yaml->text[1] == 'x' || yaml->text[1] == 'X');
    const char *why = NULL;
    enum number_result result = number_parse(yaml->text, NUMBER_PLAIN, &value->number, &why);
    uint64_t size = 0;

    if (result == NUMBER_OK && (hex || strcmp(yaml->text, "0") == 0))
        return;
    if (result == NUMBER_TOO_LARGE) {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "'%s': addresses end at 64 bits; write a lower one", yaml->text);
        return;
    }
    const char *meant =
        meant_address(reader->arena, yaml->text, value->number, result == NUMBER_OK);
    if (meant != NULL) {
        VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
                     "'%s': an address is written in hexadecimal; write %s", yaml->text, meant);
    } else if (number_parse(yaml->text, NUMBER_SIZE, &size, &why) == NUMBER_OK) {
        VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
                     "'%s': an address has no unit; write %s", yaml->text,
                     number_address_text(reader->arena, size));
    } else {
        VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
                     "'%s': write an address in hexadecimal, as in 0x4000_0000", yaml->text);
    }
}

static void read_bool(struct value_reader *reader, struct value *value, const struct yaml *yaml) {
    static const char *const meant[][2] = {
        {"true", "yes"}, {"on", "yes"}, {"1", "yes"}, {"y", "yes"}, {"yes", "yes"},
        {"false", "no"}, {"off", "no"}, {"0", "no"},  {"n", "no"},  {"no", "no"},
    };
    const char *advice = "yes or no";

    value->number = strcmp(yaml->text, "yes") == 0;
    if (value->number != 0 || strcmp(yaml->text, "no") == 0)
        return;
    for (size_t i = 0; i < COUNT(meant); i++)
        if (strcasecmp(yaml->text, meant[i][0]) == 0)
            advice = meant[i][1];
    VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark, "'%s': write %s", yaml->text, advice);
}

/* The choice that is most like the word; NULL: none is. */
static const char *nearest_choice(struct arena *arena, const char *choices, const char *word) {
    struct nearest nearest;
    const char *choice;
    size_t size;

    if (schema_is_choice("no|off|false", word) && schema_is_choice(choices, "none"))
        return "none";
    nearest_begin(&nearest, word);
    while ((size = schema_next_choice(&choices, &choice)) != 0)
        nearest_offer(&nearest, arena_printf(arena, "%.*s", (int)size, choice));
    return nearest.best;
}

void value_read_word(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                     const struct key *key) {
    const char *nearest = nearest_choice(reader->arena, key->choices, yaml->text);

    value->text = yaml->text;
    if (yaml->text[0] == '\0') {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "'%s' cannot be empty; write a value, as in %s: %s", key->name, key->name,
                     key->example);
    } else if (schema_is_choice(key->later, yaml->text)) {
        VALUE_REFUSE(reader, value, RULE_NOT_SUPPORTED, yaml->mark,
                     "'%s' is not yet supported here; write %s", yaml->text,
                     schema_list_choices(reader->arena, key->choices, "", " or "));
    } else if (key->choices != NULL && !schema_is_choice(key->choices, yaml->text)) {
        const char *list = schema_list_choices(reader->arena, key->choices, "", " or ");

        if (nearest != NULL && strlen(yaml->text) > 1 && strchr(key->choices, '|') != NULL) {
            VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                         "'%s': did you mean '%s'? '%s' is %s", yaml->text, nearest, key->name,
                         list);
        } else {
            VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark, "'%s': write %s", yaml->text,
                         list);
        }
    }
}

/* A text as one writes it in quotes. */
static const char *quote(struct arena *arena, const char *text) {
    const char *mark = strchr(text, '"') != NULL || strchr(text, '\\') != NULL ? "'" : "\"";

    return arena_printf(arena, "%s%s%s", mark, text, mark);
}

static void read_string(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                        const struct key *key) {
    value->text = yaml->text;
    if (!yaml->quoted) {
        VALUE_REFUSE(reader, value, RULE_UNQUOTED_STRING, yaml->mark,
                     "'%s' must be quoted, or YAML cuts it at the first ' #'; write %s: %s",
                     key->name, key->name, quote(reader->arena, yaml->text));
    }
    for (const char *c = yaml->text; *c != '\0' && !value->bad; c++) {
        if ((unsigned char)*c < ' ') {
            VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                         "'%s' is one line without control characters; remove the 0x%02x in it",
                         key->name, (unsigned char)*c);
        }
    }
}

static void read_digest(struct value_reader *reader, struct value *value, const struct yaml *yaml) {
    char *text = arena_strdup(reader->arena, yaml->text);

    for (char *c = text; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    value->text = text;
    if (strlen(text) != 64 || text[strspn(text, "0123456789abcdef")] != '\0') {
        VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
                     "'%s' is no SHA-256; write the 64 hexadecimal digits that sha256sum prints",
                     yaml->text);
    }
}

/* Says that CPUs are no mask, which is what a hexadecimal number of one is most often meant for. */
static void refuse_mask(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                        uint64_t mask) {
    struct text cpus = {.arena = reader->arena};

    for (unsigned cpu = 0; cpu < 64; cpu++)
        if ((mask >> cpu & 1) != 0)
            text_list(&cpus, ", ", "%u", cpu);
    VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                 "'%s' is CPU %llu and no mask; write %llu, or [ %s ] for the CPUs of a mask",
                 yaml->text, (unsigned long long)mask, (unsigned long long)mask, text_get(&cpus));
}

/* One item of cpus: an index, or a range FIRST-LAST. */
static void read_cpu_range(struct value_reader *reader, struct value *value,
                           const struct yaml *yaml) {
    uint64_t first = 0;
    uint64_t last = 0;
    const char *why = "";
    const char *dash = strchr(yaml->text, '-');
    char *head = arena_strdup(reader->arena, yaml->text);

    if (yaml->kind != YAML_SCALAR) {
        VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
                     "a CPU is an index (3) or a range (0-2), not %s", yaml_kind_text(yaml));
        return;
    }
    if (dash != NULL)
        head[dash - yaml->text] = '\0';
    if (number_parse(head, NUMBER_PLAIN, &first, &why) != NUMBER_OK ||
        number_parse(dash != NULL ? dash + 1 : head, NUMBER_PLAIN, &last, &why) != NUMBER_OK) {
        VALUE_REFUSE(reader, value, RULE_WRONG_TYPE, yaml->mark,
                     "'%s' is no CPU; write an index (3), a range (0-2) or a list ([0, 2])",
                     yaml->text);
        return;
    }
    if (strpbrk(yaml->text, "xX") != NULL && first == last && first != 0) {
        refuse_mask(reader, value, yaml, first);
        return;
    }
    if (first > last) {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "'%s': a range goes up; write %llu-%llu", yaml->text, (unsigned long long)last,
                     (unsigned long long)first);
        return;
    }
    if (last > 63) {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "'%s': a CPU's index is at most 63; write a lower one", yaml->text);
        return;
    }
    for (uint64_t cpu = first; cpu <= last; cpu++) {
        if ((value->number >> cpu & 1) != 0) {
            VALUE_REFUSE(reader, value, RULE_CPU_TWICE, yaml->mark,
                         "CPU %u stands here twice; list each CPU once", (unsigned)cpu);
        }
        value->number |= UINT64_C(1) << cpu;
    }
}

void value_read_cpus(struct value_reader *reader, struct value *value, const struct yaml *yaml) {
    if (yaml->kind != YAML_LIST) {
        read_cpu_range(reader, value, yaml);
        return;
    }
    for (size_t i = 0; i < yaml->count; i++)
        read_cpu_range(reader, value, yaml->items[i]);
    if (yaml->count == 0) {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "the list of CPUs is empty; give the VM at least one");
    }
}

/* A word that the key takes, an address, or else a path. */
static void read_place(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key) {
    bool is_file = strpbrk(yaml->text, "/.$~") != NULL;
    const char *nearest = nearest_choice(reader->arena, key->choices, yaml->text);

    if (schema_is_choice(key->choices, yaml->text)) {
        value->text = yaml->text;
    } else if (isdigit((unsigned char)yaml->text[0]) && !is_file) {
        read_address(reader, value, yaml);
    } else if (!is_file && nearest != NULL) {
        VALUE_REFUSE(reader, value, RULE_WRONG_VALUE, yaml->mark,
                     "'%s': did you mean '%s'? If it is a file, write ./%s", yaml->text, nearest,
                     yaml->text);
    } else {
        value->is_path = true;
        read_path(reader, value, yaml);
    }
}

void value_read_scalar(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key) {
    switch (key->type) {
    case TYPE_INTEGER:
    case TYPE_SIZE:
    case TYPE_TIME:
        read_number(reader, value, yaml, key);
        break;
    case TYPE_ADDRESS:
        if (schema_is_choice(key->choices, yaml->text))
            value->text = yaml->text;
        else
            read_address(reader, value, yaml);
        break;
    case TYPE_BOOL:
        read_bool(reader, value, yaml);
        break;
    case TYPE_PATH:
        read_path(reader, value, yaml);
        break;
    case TYPE_PLACE:
        read_place(reader, value, yaml, key);
        break;
    case TYPE_STRING:
        read_string(reader, value, yaml, key);
        break;
    case TYPE_DIGEST:
        read_digest(reader, value, yaml);
        break;
    default:
        value_read_word(reader, value, yaml, key);
        break;
    }
}
