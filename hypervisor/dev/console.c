/* SPDX-License-Identifier: Apache-2.0 */
#include "dev/console.h"

#include "arch/memory.h"
#include "drivers/uart.h"

/* A prompt or half a line is shown when it has been waiting for so long, ... */
#define IDLE_MS 20u
/* ... and nobody keeps the line from others for longer than that. */
#define HOLD_MS 100u

void console_speaker(struct speaker *speaker, uint32_t id, const char *name) {
    uint8_t *tag = speaker->tag;

    *tag++ = CONSOLE_TAG_BEGIN;
    while (*name != '\0' && tag < &speaker->tag[CONSOLE_TAG_SIZE - 3])
        *tag++ = (uint8_t)*name++;
    *tag++ = '|';
    *tag++ = ' ';
    *tag++ = CONSOLE_TAG_END;
    speaker->id = id;
    speaker->tag_size = (uint32_t)(tag - speaker->tag);
}

/* Whether `ticks` have gone by; cores read the clock in one order and come here in another. */
static bool is_over(uint64_t now, uint64_t since, uint64_t ticks) {
    return (int64_t)(now - since) >= (int64_t)ticks;
}

/* Who waits behind the last speaker, in a circle, as a bit: of n speakers each waits for n - 1
 * lines. */
static uint32_t next_waiting(const struct console_line *line) {
    uint32_t behind = line->waiting & ~((2u << line->speaker) - 1);

    return behind != 0 ? behind & -behind : line->waiting & -line->waiting;
}

/* Speakers take turns and change at line ends, unless whose line or turn it is dawdles. */
static bool may_take(const struct console_line *line, const struct speaker *speaker, uint64_t now,
                     uint64_t frequency) {
    bool free = !line->unfinished || is_over(now, line->taken, frequency / 1000 * HOLD_MS);

    return (free && next_waiting(line) == 1u << speaker->id) ||
           is_over(now, line->used, frequency / 1000 * IDLE_MS);
}

static void take(struct console_line *line, const struct speaker *speaker, uint64_t now) {
    line->tag_left = speaker->tag_size;
    line->speaker = speaker->id;
    line->unfinished = true;
    line->waiting &= ~(1u << speaker->id);
    line->taken = now;
}

static void write_some(struct console_line *line, struct speaker *speaker, uint64_t now) {
    struct ring *ring = &speaker->ring;
    uint32_t room = 0;

    for (uint32_t left = CONSOLE_BURST; left > 0; left--, room--) {
        uint8_t byte;

        if (room == 0)
            room = uart_room();
        if (room == 0 || (line->tag_left == 0 && ring_used(ring) == 0))
            break;
        byte = line->tag_left > 0 ? speaker->tag[speaker->tag_size - line->tag_left--]
                                  : ring_get(ring);
        uart_write(byte);
        line->unfinished = byte != '\n';
        line->used = now;
        if (byte == '\n') {
            line->taken = now;
            if (line->waiting != 0)
                break;
        }
    }
}

bool console_drain(struct console_line *line, struct speaker *speaker, uint64_t now,
                   uint64_t frequency) {
    struct ring *ring = &speaker->ring;
    bool has_line;

    if (ring_used(ring) == 0)
        return false;
    if (!spin_try_lock(&line->lock))
        return true;
    arch_io_fence(); /* the UART belongs to the lock ... */
    /* A tag once begun is finished first, by whoever has the line. */
    has_line = line->speaker == speaker->id && (line->unfinished || line->waiting == 0);
    if (!has_line && line->tag_left == 0 &&
        (ring_is_due(ring) || is_over(now, ring->last, frequency / 1000 * IDLE_MS))) {
        line->waiting |= 1u << speaker->id;
        has_line = may_take(line, speaker, now, frequency);
        if (has_line)
            take(line, speaker, now);
    }
    if (has_line)
        write_some(line, speaker, now);
    arch_io_fence(); /* ... which nobody has before all is written */
    spin_unlock(&line->lock);
    return ring_used(ring) > 0;
}

void console_give_up(struct console_line *line, uint32_t turn) {
    line->speaker = 0; /* nobody: whoever is next begins with its tag */
    line->unfinished = false;
    line->tag_left = 0;
    line->waiting = 0; /* who lives asks again */
    atomic_compare_exchange_strong(&line->lock.serving, &turn, turn + 1);
}
