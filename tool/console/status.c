/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/status.h"

#include <stdio.h>
#include <string.h>

#include "abi/console.h"

/* How much is told, from all to the least. */
enum detail { DETAIL_ALL, DETAIL_NO_HZ, DETAIL_NO_WORST, DETAIL_NO_RELEASES, DETAIL_LEAST };

struct writer {
    char *text;
    size_t size; /* of the memory, with the terminating zero */
    size_t used;
    size_t columns; /* written so far */
    bool utf8;
};

void status_init(struct status *status, const char *const *names, size_t count) {
    *status = (struct status){0};
    for (size_t i = 0; i < count && i < STATUS_MAX_VMS; i++) {
        strncat(status->vms[i].name, names[i], STATUS_NAME_SIZE - 1);
        status->count++;
    }
}

static struct status_vm *find(struct status *status, const char *name, size_t size) {
    for (size_t i = 0; i < status->count; i++) {
        struct status_vm *vm = &status->vms[i];
        if (strlen(vm->name) == size && memcmp(vm->name, name, size) == 0)
            return vm;
    }
    return NULL;
}

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* A decimal number; a greater one than fits is the greatest. Returns false if there is none. */
static bool parse_number(const char *text, uint64_t *number) {
    uint64_t value = 0;

    if (*text < '0' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
    }
    *number = value;
    return true;
}

/* The number of " key=number" in a record; returns false, and leaves *number, if it has none. */
static bool field(const char *record, const char *key, uint64_t *number) {
    size_t size = strlen(key);

    for (const char *word = strchr(record, ' '); word; word = strchr(word, ' ')) {
        word++;
        if (strncmp(word, key, size) == 0 && word[size] == '=')
            return parse_number(word + size + 1, number);
    }
    return false;
}

static void take_record(struct status_vm *vm, const char *text) {
    const char *word = strchr(text, ' ');

    if (field(text, "releases", &vm->releases)) {
        vm->is_loop = true;
        vm->life = STATUS_UP;
        field(text, "hz", &vm->hz);
        field(text, "misses", &vm->misses);
        field(text, "worst_ns", &vm->worst_ns);
    } else if (word && (strcmp(word, " up") == 0 || starts_with(word, " up "))) {
        vm->life = STATUS_UP;
    }
}

static void take_event(struct status *status, const char *text) {
    const char *colon = strchr(text, ':');

    if (!starts_with(text, "vm ") || !colon || colon[1] != ' ')
        return;
    struct status_vm *vm = find(status, text + 3, (size_t)(colon - text) - 3);
    const char *event = colon + 2;
    if (!vm)
        return;
    if (starts_with(event, "started")) {
        vm->life = STATUS_STARTED;
    } else if (starts_with(event, "off")) {
        vm->life = STATUS_OFF;
    } else if (starts_with(event, "stopped")) {
        vm->life = STATUS_STOPPED;
    } else if (starts_with(event, "restarting")) {
        vm->life = STATUS_STARTED;
        const char *count = strchr(event, '(');
        if (!count || !parse_number(count + 1, &vm->restarts))
            vm->restarts++;
    }
}

void status_take(struct status *status, const char *speaker, const char *text) {
    bool hypervisor = strcmp(speaker, CONSOLE_HYPERVISOR_NAME) == 0;
    struct status_vm *vm = find(status, speaker, strlen(speaker));

    if (hypervisor)
        take_event(status, text);
    else if (vm && text[0] == '@')
        take_record(vm, text);
    if (*speaker == 0 || hypervisor) {
        status->refused |= starts_with(text, CONSOLE_HYPERVISOR_NAME ": refused:");
        status->panicked |= starts_with(text, CONSOLE_HYPERVISOR_NAME ": panic:");
    }
}

static void put(struct writer *writer, const char *bytes, size_t size, size_t columns) {
    if (writer->used + size < writer->size) {
        memcpy(writer->text + writer->used, bytes, size);
        writer->used += size;
        writer->text[writer->used] = 0;
    }
    writer->columns += columns;
}

static void put_string(struct writer *writer, const char *string) {
    put(writer, string, strlen(string), strlen(string));
}

static void separate(struct writer *writer) {
    if (writer->columns == 0)
        return;
    if (writer->utf8)
        put(writer, " \xc2\xb7 ", 4, 3);
    else
        put_string(writer, " - ");
}

/* With commas: 34,221. */
static void put_number(struct writer *writer, uint64_t number) {
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);

    for (int i = 0; i < size; i++) {
        if (i && (size - i) % 3 == 0)
            put_string(writer, ",");
        put(writer, &digits[i], 1, 1);
    }
}

static void put_frequency(struct writer *writer, uint64_t hz) {
    char text[40];

    if (hz >= 1000 && hz % 1000 == 0)
        snprintf(text, sizeof(text), "%llu kHz", (unsigned long long)(hz / 1000));
    else
        snprintf(text, sizeof(text), "%llu Hz", (unsigned long long)hz);
    put_string(writer, text);
}

static void put_time(struct writer *writer, uint64_t ns) {
    char text[40];

    if (ns < 10000)
        snprintf(text, sizeof(text), "%llu ns", (unsigned long long)ns);
    else if (ns < 10000000)
        snprintf(text, sizeof(text), "%llu.%llu us", (unsigned long long)(ns / 1000),
                 (unsigned long long)(ns / 100 % 10));
    else
        snprintf(text, sizeof(text), "%llu.%llu ms", (unsigned long long)(ns / 1000000),
                 (unsigned long long)(ns / 100000 % 10));
    put_string(writer, text);
}

static void put_life(struct writer *writer, const struct status_vm *vm, enum detail detail) {
    static const char *const words[] = {
        [STATUS_WAITING] = "not started",
        [STATUS_STARTED] = "starting",
        [STATUS_UP] = "up",
        [STATUS_OFF] = "off",
        [STATUS_STOPPED] = "stopped",
    };
    separate(writer);
    put_string(writer, vm->name);
    put_string(writer, ": ");
    put_string(writer, words[vm->life]);
    if (detail < DETAIL_LEAST || vm->restarts) {
        put_string(writer, ", restarts ");
        put_number(writer, vm->restarts);
    }
}

static void put_loop(struct writer *writer, const struct status_vm *vm, enum detail detail) {
    separate(writer);
    put_string(writer, vm->name);
    if (vm->hz && detail != DETAIL_NO_HZ) {
        put_string(writer, " ");
        put_frequency(writer, vm->hz);
    }
    if (detail < DETAIL_NO_RELEASES) {
        separate(writer);
        put_string(writer, "releases ");
        put_number(writer, vm->releases);
    }
    separate(writer);
    put_string(writer, "misses ");
    put_number(writer, vm->misses);
    if (detail < DETAIL_NO_WORST) {
        separate(writer);
        put_string(writer, "worst ");
        put_time(writer, vm->worst_ns);
    }
    if (vm->life != STATUS_UP || vm->restarts)
        put_life(writer, vm, detail);
}

/* Returns the columns that the whole text takes. */
static size_t format(const struct status *status, struct writer *writer, enum detail detail) {
    writer->used = 0;
    writer->columns = 0;
    writer->text[0] = 0;
    if (status->refused || status->panicked) {
        put_string(writer, status->panicked ? "the hypervisor failed" : "the system was refused");
        return writer->columns;
    }
    for (size_t i = 0; i < status->count; i++)
        if (status->vms[i].is_loop)
            put_loop(writer, &status->vms[i], detail);
    for (size_t i = 0; i < status->count; i++)
        if (!status->vms[i].is_loop)
            put_life(writer, &status->vms[i], detail);
    return writer->columns;
}

/* Cut after `columns` characters; returns how many there are. */
static size_t cut(char *text, size_t columns) {
    size_t count = 0;

    for (; *text; text++) {
        bool continuation = ((unsigned char)*text & 0xc0) == 0x80;
        if (continuation)
            continue;
        if (count == columns) {
            *text = 0;
            break;
        }
        count++;
    }
    return count;
}

size_t status_format(const struct status *status, bool utf8, size_t columns, char *text,
                     size_t size) {
    struct writer writer = {.text = text, .size = size, .utf8 = utf8};

    for (int detail = DETAIL_ALL; detail <= DETAIL_LEAST; detail++)
        if (format(status, &writer, (enum detail)detail) <= columns)
            break;
    return cut(text, columns);
}
