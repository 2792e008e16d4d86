/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/status.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "abi/console.h"
#include "tool/base/arena.h"

/* Levels of detail, from all to the least. */
enum detail { DETAIL_ALL, DETAIL_NO_HZ, DETAIL_NO_WORST, DETAIL_NO_RELEASES, DETAIL_LEAST };

struct writer {
    FILE *out;
    const char *separator; /* before the next part */
    bool utf8;
};

void status_init(struct status *status, const char *const *names, size_t count) {
    *status = (struct status){.count = count < STATUS_MAX_VMS ? count : STATUS_MAX_VMS};
    for (size_t i = 0; i < status->count; i++)
        status->vms[i].name = names[i];
}

/* --- listening --- */

static bool starts_with(const char *text, const char *start) {
    return strncmp(text, start, strlen(start)) == 0;
}

/* A decimal number; a greater one than fits is the greatest. False if there is none. */
static bool parse_number(const char *text, uint64_t *number) {
    if (!isdigit((unsigned char)*text))
        return false;
    *number = strtoull(text, NULL, 10);
    return true;
}

/* The number of " key=number" in a record; false, and *number stays, if it has none. */
static bool field(const char *record, const char *key, uint64_t *number) {
    size_t size = strlen(key);

    for (const char *word = strchr(record, ' '); word != NULL; word = strchr(word, ' ')) {
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
    } else if (word != NULL && (strcmp(word, " up") == 0 || starts_with(word, " up "))) {
        vm->life = STATUS_UP;
    }
}

enum status_life status_event(const char *text, const char *name) {
    static const struct {
        const char *word;
        enum status_life life;
    } events[] = {
        {"started", STATUS_STARTED},
        {"restarting", STATUS_STARTED},
        {"off", STATUS_OFF},
        {"stopped", STATUS_STOPPED},
    };
    size_t size = strlen(name);

    if (!starts_with(text, "vm ") || strncmp(text + 3, name, size) != 0 ||
        !starts_with(text + 3 + size, ": "))
        return STATUS_WAITING;
    for (size_t i = 0; i < COUNT(events); i++)
        if (starts_with(text + 3 + size + 2, events[i].word))
            return events[i].life;
    return STATUS_WAITING;
}

static void take_event(struct status_vm *vm, const char *text) {
    enum status_life life = status_event(text, vm->name);
    const char *count = strchr(text, '(');

    if (life == STATUS_WAITING)
        return;
    vm->life = life;
    if (strstr(text, ": restarting") != NULL &&
        (count == NULL || !parse_number(count + 1, &vm->restarts)))
        vm->restarts++;
}

void status_take(struct status *status, const char *speaker, const char *text) {
    bool hypervisor = strcmp(speaker, CONSOLE_HYPERVISOR_NAME) == 0;

    for (size_t i = 0; i < status->count; i++) {
        if (hypervisor)
            take_event(&status->vms[i], text);
        else if (strcmp(status->vms[i].name, speaker) == 0 && text[0] == '@')
            take_record(&status->vms[i], text);
    }
    if (*speaker == '\0' || hypervisor) {
        status->refused |= starts_with(text, CONSOLE_HYPERVISOR_NAME ": refused:");
        status->panicked |= starts_with(text, CONSOLE_HYPERVISOR_NAME ": panic:");
    }
}

/* --- telling --- */

static void separate(struct writer *writer) {
    fputs(writer->separator, writer->out);
    writer->separator = writer->utf8 ? " \xc2\xb7 " : " - ";
}

/* With commas: 34,221. */
static void put_number(FILE *out, uint64_t number) {
    char digits[24];
    int size = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);

    for (int i = 0; i < size; i++)
        fprintf(out, "%s%c", i != 0 && (size - i) % 3 == 0 ? "," : "", digits[i]);
}

static void put_frequency(FILE *out, uint64_t hz) {
    bool is_khz = hz >= 1000 && hz % 1000 == 0;

    fprintf(out, " %llu %s", (unsigned long long)(is_khz ? hz / 1000 : hz), is_khz ? "kHz" : "Hz");
}

static void put_time(FILE *out, uint64_t ns) {
    unsigned long long tenth = ns < 10000000 ? 100 : 100000; /* of a us, of a ms */

    if (ns < 10000)
        fprintf(out, "%u ns", (unsigned)ns);
    else
        fprintf(out, "%llu.%llu %s", ns / tenth / 10, ns / tenth % 10, tenth == 100 ? "us" : "ms");
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
    fprintf(writer->out, "%s: %s", vm->name, words[vm->life]);
    if (detail < DETAIL_LEAST || vm->restarts != 0) {
        fputs(", restarts ", writer->out);
        put_number(writer->out, vm->restarts);
    }
}

static void put_loop(struct writer *writer, const struct status_vm *vm, enum detail detail) {
    separate(writer);
    fputs(vm->name, writer->out);
    if (vm->hz != 0 && detail != DETAIL_NO_HZ)
        put_frequency(writer->out, vm->hz);
    if (detail < DETAIL_NO_RELEASES) {
        separate(writer);
        fputs("releases ", writer->out);
        put_number(writer->out, vm->releases);
    }
    separate(writer);
    fputs("misses ", writer->out);
    put_number(writer->out, vm->misses);
    if (detail < DETAIL_NO_WORST) {
        separate(writer);
        fputs("worst ", writer->out);
        put_time(writer->out, vm->worst_ns);
    }
    if (vm->life != STATUS_UP || vm->restarts != 0)
        put_life(writer, vm, detail);
}

/* The whole text, to be free()d. */
static char *format(const struct status *status, bool utf8, enum detail detail) {
    char *text;
    size_t size;
    struct writer writer = {arena_memstream(&text, &size), "", utf8};

    bool failed = status->refused || status->panicked;

    if (failed)
        fputs(status->panicked ? "the hypervisor failed" : "the system was refused", writer.out);
    for (size_t i = 0; i < status->count; i++)
        if (status->vms[i].is_loop && !failed)
            put_loop(&writer, &status->vms[i], detail);
    for (size_t i = 0; i < status->count; i++)
        if (!status->vms[i].is_loop && !failed)
            put_life(&writer, &status->vms[i], detail);
    fclose(writer.out);
    return text;
}

/* Cuts after `columns` characters; returns how many there were, or one more than that. */
static size_t cut(char *text, size_t columns) {
    size_t count = 0;

    for (; *text != '\0'; text++) {
        bool begins = ((unsigned char)*text & 0xc0) != 0x80;

        if (begins && count++ == columns)
            *text-- = '\0';
    }
    return count;
}

size_t status_write(const struct status *status, bool utf8, size_t columns, FILE *out) {
    size_t count = columns + 1;

    for (int detail = DETAIL_ALL; detail <= DETAIL_LEAST && count > columns; detail++) {
        char *text = format(status, utf8, (enum detail)detail);

        count = cut(text, columns);
        if (count <= columns || detail == DETAIL_LEAST)
            fputs(text, out);
        free(text);
    }
    return count < columns ? count : columns;
}
