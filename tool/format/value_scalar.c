/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/format/value_scalar.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

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

/* A scalar, the value that it is read into, and the key that says how. */
struct scalar {
    struct value_reader *reader;
    struct value *value;
    const struct yaml *yaml;
    const struct key *key;
    const char *text; /* of yaml */
    struct arena *arena;
};

/* Marks the value as bad and says why. */
static void __attribute__((format(printf, 3, 4)))
refuse(const struct scalar *it, enum rule rule, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rule_vbroken(it->reader->diagnostics, rule, it->yaml->mark, format, arguments);
    va_end(arguments);
    it->value->bad = true;
}

static const struct definitions *definitions_of(const struct value_reader *reader) {
    static const struct definitions none = {0};

    return reader->definitions == NULL ? &none : reader->definitions;
}

/* The text that replaces ${name}; NULL: there is none. */
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

/* Refuses a ${name} that nobody has defined. */
static void refuse_name(const struct scalar *it, const char *name) {
    const struct definitions *definitions = definitions_of(it->reader);
    struct nearest nearest;

    nearest_begin(&nearest, name);
    nearest_offer(&nearest, "arch");
    nearest_offer(&nearest, "board");
    for (size_t i = 0; i < definitions->count; i++)
        nearest_offer(&nearest, definitions->items[i].name);
    const char *meant = nearest.best == NULL
                            ? ""
                            : arena_printf(it->arena, "did you mean ${%s}? If not, ", nearest.best);
    refuse(it, RULE_UNDEFINED_NAME, "nothing says what ${%s} stands for; %sgive -D %s=VALUE", name,
           meant, name);
}

/* Refuses ~ and $NAME, which a shell would expand; false: an error was reported. */
static bool check_path(const struct scalar *it) {
    const char *path = it->text;

    if (path[0] == '~' && (path[1] == '/' || path[1] == '\0')) {
        refuse(it, RULE_WRONG_VALUE,
               "~ does not stand for your home folder here; write the path out, or "
               "${home}%s and give -D home=$HOME",
               path + 1);
        return false;
    }
    if (path[0] == '$' && path[1] != '{') {
        int length = (int)strcspn(path + 1, "/.-");

        refuse(it, RULE_UNDEFINED_NAME,
               "a name in a path stands in braces: write ${%.*s}%s, and give -D %.*s=VALUE", length,
               path + 1, path + 1 + length, length, path + 1);
        return false;
    }
    return true;
}

static void read_path(const struct scalar *it) {
    const char *rest = it->text;
    const char *path = "";
    bool expanded = false;

    it->value->written = it->text;
    if (!check_path(it))
        return;
    while (*rest != '\0') {
        const char *dollar = strstr(rest, "${");
        const char *end = dollar == NULL ? NULL : strchr(dollar, '}');

        if (dollar != NULL && end == NULL) {
            refuse(it, RULE_WRONG_VALUE, "the '}' that belongs to ${ is missing; write it");
            return;
        }
        if (dollar == NULL) {
            path = arena_printf(it->arena, "%s%s", path, rest);
            break;
        }
        size_t length = (size_t)(end - dollar) - 2;
        const char *replacement = lookup(it->reader, dollar + 2, length);
        if (replacement == NULL) {
            refuse_name(it, arena_printf(it->arena, "%.*s", (int)length, dollar + 2));
            return;
        }
        expanded = expanded || path[0] == '\0';
        path = arena_printf(it->arena, "%s%.*s%s", path, (int)(dollar - rest), rest, replacement);
        rest = end + 1;
        if (strlen(path) >= PATH_SIZE_MAX) {
            refuse(it, RULE_WRONG_VALUE,
                   "with all ${NAME} replaced this has more than %u characters, which is no "
                   "path; write a shorter one",
                   PATH_SIZE_MAX);
            return;
        }
    }
    if (path[0] == '\0') {
        refuse(it, RULE_WRONG_VALUE, "a path cannot be empty; name a file");
        return;
    }
    /* A path from -D is relative to the folder where it was typed. */
    bool typed = expanded && it->text[0] == '$';
    it->value->text = typed ? path : value_path(it->arena, it->yaml->mark.file, path);
}

static void read_number(const struct scalar *it) {
    enum number_unit unit = it->key->type == TYPE_SIZE   ? NUMBER_SIZE
                            : it->key->type == TYPE_TIME ? NUMBER_TIME
                                                         : NUMBER_PLAIN;
    const char *why = NULL;
    enum number_result result = number_parse(it->text, unit, &it->value->number, &why);
    bool is_zero = (result == NUMBER_OK && it->value->number == 0) || strcmp(it->text, "0") == 0;

    if (it->key->positive && is_zero)
        refuse(it, RULE_WRONG_VALUE, "'%s': this cannot be 0; write more, as in %s", it->text,
               it->key->example);
    else if (result == NUMBER_TOO_LARGE)
        refuse(it, RULE_WRONG_VALUE,
               "'%s': this number is too large for any machine; write a smaller one", it->text);
    else if (result != NUMBER_OK && it->key->choices != NULL)
        refuse(it, RULE_WRONG_TYPE, "'%s': write %s", it->text,
               schema_list_choices(it->arena, it->key->choices, "", " or "));
    else if (result != NUMBER_OK)
        refuse(it, result == NUMBER_WRONG_UNIT ? RULE_WRONG_UNIT : RULE_WRONG_TYPE, "'%s': %s",
               it->text, number_advice(it->arena, it->text, unit));
}

/*
 * The address that a number without 0x seems to mean: hexadecimal digits, or a decimal number. Most
 * addresses are multiples of a page, so mostly only one of the two is likely.
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
static void read_address(const struct scalar *it) {
    bool hex = it->text[0] == '0' && (it->text[1] == 'x' || it->text[1] == 'X');
    const char *why = NULL;
    enum number_result result = number_parse(it->text, NUMBER_PLAIN, &it->value->number, &why);
    uint64_t size = 0;

    if (result == NUMBER_OK && (hex || strcmp(it->text, "0") == 0))
        return;
    if (result == NUMBER_TOO_LARGE) {
        refuse(it, RULE_WRONG_VALUE, "'%s': addresses end at 64 bits; write a lower one", it->text);
        return;
    }
    const char *meant = meant_address(it->arena, it->text, it->value->number, result == NUMBER_OK);
    if (meant != NULL)
        refuse(it, RULE_WRONG_TYPE, "'%s': an address is written in hexadecimal; write %s",
               it->text, meant);
    else if (number_parse(it->text, NUMBER_SIZE, &size, &why) == NUMBER_OK)
        refuse(it, RULE_WRONG_TYPE, "'%s': an address has no unit; write %s", it->text,
               number_address_text(it->arena, size));
    else
        refuse(it, RULE_WRONG_TYPE, "'%s': write an address in hexadecimal, as in 0x4000_0000",
               it->text);
}

static void read_bool(const struct scalar *it) {
    static const char *const meant[][2] = {
        {"true", "yes"}, {"on", "yes"}, {"1", "yes"}, {"y", "yes"}, {"yes", "yes"},
        {"false", "no"}, {"off", "no"}, {"0", "no"},  {"n", "no"},  {"no", "no"},
    };
    const char *advice = "yes or no";

    it->value->number = strcmp(it->text, "yes") == 0;
    if (it->value->number != 0 || strcmp(it->text, "no") == 0)
        return;
    for (size_t i = 0; i < COUNT(meant); i++)
        if (strcasecmp(it->text, meant[i][0]) == 0)
            advice = meant[i][1];
    refuse(it, RULE_WRONG_TYPE, "'%s': write %s", it->text, advice);
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

static void read_word(const struct scalar *it) {
    const char *nearest = nearest_choice(it->arena, it->key->choices, it->text);

    it->value->text = it->text;
    if (it->text[0] == '\0')
        refuse(it, RULE_WRONG_VALUE, "'%s' cannot be empty; write a value, as in %s: %s",
               it->key->name, it->key->name, it->key->example);
    else if (schema_is_choice(it->key->later, it->text))
        refuse(it, RULE_NOT_SUPPORTED, "'%s' is not yet supported here; write %s", it->text,
               schema_list_choices(it->arena, it->key->choices, "", " or "));
    else if (it->key->choices != NULL && !schema_is_choice(it->key->choices, it->text)) {
        const char *list = schema_list_choices(it->arena, it->key->choices, "", " or ");

        if (nearest != NULL && strlen(it->text) > 1 && strchr(it->key->choices, '|') != NULL)
            refuse(it, RULE_WRONG_VALUE, "'%s': did you mean '%s'? '%s' is %s", it->text, nearest,
                   it->key->name, list);
        else
            refuse(it, RULE_WRONG_VALUE, "'%s': write %s", it->text, list);
    }
}

/* A text as one writes it in quotes. */
static const char *quote(struct arena *arena, const char *text) {
    const char *mark = strchr(text, '"') != NULL || strchr(text, '\\') != NULL ? "'" : "\"";

    return arena_printf(arena, "%s%s%s", mark, text, mark);
}

static void read_string(const struct scalar *it) {
    it->value->text = it->text;
    if (!it->yaml->quoted)
        refuse(it, RULE_UNQUOTED_STRING,
               "'%s' must be quoted, or YAML cuts it at the first ' #'; write %s: %s",
               it->key->name, it->key->name, quote(it->arena, it->text));
    for (const char *c = it->text; *c != '\0' && !it->value->bad; c++) {
        if ((unsigned char)*c < ' ')
            refuse(it, RULE_WRONG_VALUE,
                   "'%s' is one line without control characters; remove the 0x%02x in it",
                   it->key->name, (unsigned char)*c);
    }
}

static void read_digest(const struct scalar *it) {
    char *text = arena_strdup(it->arena, it->text);

    for (char *c = text; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    it->value->text = text;
    if (strlen(text) != 64 || text[strspn(text, "0123456789abcdef")] != '\0')
        refuse(it, RULE_WRONG_TYPE,
               "'%s' is no SHA-256; write the 64 hexadecimal digits that sha256sum prints",
               it->text);
}

/* Says that CPUs are no mask, which is what a hexadecimal number of one is most often meant for. */
static void refuse_mask(const struct scalar *it, uint64_t mask) {
    struct text cpus = {.arena = it->arena};

    for (unsigned cpu = 0; cpu < 64; cpu++)
        if ((mask >> cpu & 1) != 0)
            text_list(&cpus, ", ", "%u", cpu);
    refuse(it, RULE_WRONG_VALUE,
           "'%s' is CPU %llu and no mask; write %llu, or [ %s ] for the CPUs of a mask", it->text,
           (unsigned long long)mask, (unsigned long long)mask, text_get(&cpus));
}

/* One item of cpus: an index, or a range FIRST-LAST. */
static void read_cpu_range(const struct scalar *it) {
    uint64_t first = 0;
    uint64_t last = 0;
    const char *why = "";
    const char *dash = strchr(it->text, '-');
    char *head = arena_strdup(it->arena, it->text);

    if (it->yaml->kind != YAML_SCALAR) {
        refuse(it, RULE_WRONG_TYPE, "a CPU is an index (3) or a range (0-2), not %s",
               yaml_kind_text(it->yaml));
        return;
    }
    if (dash != NULL)
        head[dash - it->text] = '\0';
    if (number_parse(head, NUMBER_PLAIN, &first, &why) != NUMBER_OK ||
        number_parse(dash != NULL ? dash + 1 : head, NUMBER_PLAIN, &last, &why) != NUMBER_OK)
        refuse(it, RULE_WRONG_TYPE,
               "'%s' is no CPU; write an index (3), a range (0-2) or a list ([0, 2])", it->text);
    else if (strpbrk(it->text, "xX") != NULL && first == last && first != 0)
        refuse_mask(it, first);
    else if (first > last)
        refuse(it, RULE_WRONG_VALUE, "'%s': a range goes up; write %llu-%llu", it->text,
               (unsigned long long)last, (unsigned long long)first);
    else if (last > 63)
        refuse(it, RULE_WRONG_VALUE, "'%s': a CPU's index is at most 63; write a lower one",
               it->text);
    for (uint64_t cpu = first; cpu <= last && last <= 63 && !it->value->bad; cpu++) {
        if ((it->value->number >> cpu & 1) != 0)
            refuse(it, RULE_CPU_TWICE, "CPU %u stands here twice; list each CPU once",
                   (unsigned)cpu);
        it->value->number |= UINT64_C(1) << cpu;
    }
}

static void read_cpus(const struct scalar *it) {
    const struct yaml *yaml = it->yaml;

    if (yaml->kind != YAML_LIST) {
        read_cpu_range(it);
        return;
    }
    for (size_t i = 0; i < yaml->count; i++) {
        struct scalar item = *it;

        item.yaml = yaml->items[i];
        item.text = item.yaml->text;
        read_cpu_range(&item);
    }
    if (yaml->count == 0)
        refuse(it, RULE_WRONG_VALUE, "the list of CPUs is empty; give the VM at least one");
}

/* A word that the key takes, an address, or else a path. */
static void read_place(const struct scalar *it) {
    bool is_file = strpbrk(it->text, "/.$~") != NULL;
    const char *nearest = nearest_choice(it->arena, it->key->choices, it->text);

    if (schema_is_choice(it->key->choices, it->text)) {
        it->value->text = it->text;
    } else if (isdigit((unsigned char)it->text[0]) && !is_file) {
        read_address(it);
    } else if (!is_file && nearest != NULL)
        refuse(it, RULE_WRONG_VALUE, "'%s': did you mean '%s'? If it is a file, write ./%s",
               it->text, nearest, it->text);
    else {
        it->value->is_path = true;
        read_path(it);
    }
}

void value_read_scalar(struct value_reader *reader, struct value *value, const struct yaml *yaml,
                       const struct key *key) {
    const struct scalar it = {reader, value, yaml, key, yaml->text, reader->arena};

    switch (key->type) {
    case TYPE_INTEGER:
    case TYPE_SIZE:
    case TYPE_TIME:
        read_number(&it);
        break;
    case TYPE_ADDRESS:
        if (schema_is_choice(key->choices, yaml->text))
            value->text = yaml->text;
        else
            read_address(&it);
        break;
    case TYPE_BOOL:
        read_bool(&it);
        break;
    case TYPE_CPUS:
        read_cpus(&it);
        break;
    case TYPE_PATH:
        read_path(&it);
        break;
    case TYPE_PLACE:
        read_place(&it);
        break;
    case TYPE_STRING:
        read_string(&it);
        break;
    case TYPE_DIGEST:
        read_digest(&it);
        break;
    default:
        read_word(&it);
        break;
    }
}
