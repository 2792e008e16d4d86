/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/show.h"

#include <inttypes.h>
#include <string.h>

#include "tool/base/number.h"
#include "tool/show/show_svg_ram.h"
#include "tool/show/shown_channel.h"
#include "tool/show/svg.h"

#define MARGIN      24u
#define WIDTH_MIN   800u
#define HEAD_HEIGHT 58u
#define STRIP       14u /* a compartment's colour, at its left */
#define PADDING     12u
#define CHIPS_BEGIN (MARGIN + STRIP + PADDING)
#define CHIP_HEIGHT 24u
#define CHIP_GAP    8u
#define BETWEEN     14u /* compartments */
#define LISTED_MAX  2u  /* a chip names so many registers, and interrupts */

enum shape { SHAPE_CPU, SHAPE_MEMORY, SHAPE_DEVICE };

struct chip {
    enum shape shape;
    const char *name;
    const char *detail; /* "": none */
    unsigned width;
    unsigned x, y; /* y from the compartment's top on */
};

struct compartment {
    uint32_t owner;
    const char *facts;
    struct chip *chips;
    size_t chip_count;
    unsigned height;
};

struct compartments {
    struct compartment list[SYSTEM_VMS_MAX + 2];
    size_t count;
};

/* --- words --- */

/* Adds to a list in words, of which only the first few are named. */
static const char *add_word(struct shown *shown, const char *list, size_t n, size_t count,
                            const char *word) {
    if (n < LISTED_MAX)
        return arena_printf(&shown->arena, "%s%s%s", list, list[0] == '\0' ? "" : ", ", word);
    if (n + 1 == count)
        return arena_printf(&shown->arena, "%s, and %zu more", list, count - LISTED_MAX);
    return list;
}

/* "SPI 2 = irq 34", or where the controller and the guest agree "irq 11". */
static const char *irq_text(struct shown *shown, uint64_t phys, uint32_t number) {
    if (shown->arch == &config_riscv64 && phys == number)
        return arena_printf(&shown->arena, "irq %" PRIu32, number);
    return arena_printf(&shown->arena, "%s = irq %" PRIu32, shown_interrupt_text(shown, phys),
                        number);
}

/* --- chips --- */

static void add_chip(struct shown *shown, struct compartment *compartment, enum shape shape,
                     const char *name, const char *detail) {
    unsigned width = 2 * CHIP_GAP + svg_width(name, SVG_SMALL);

    if (detail[0] != '\0')
        width += CHIP_GAP + svg_width(detail, SVG_SMALL);
    *ARENA_ADD(&shown->arena, compartment->chips, compartment->chip_count) =
        (struct chip){shape, name, detail, width, 0, 0};
}

static void add_cpus(struct shown *shown, struct compartment *compartment, uint32_t owner) {
    for (uint32_t cpu = 0; cpu < shown->system.cpu_count; cpu++)
        if (system_vm_of_cpu(&shown->system, cpu) == owner)
            add_chip(shown, compartment, SHAPE_CPU,
                     arena_printf(&shown->arena, "CPU %" PRIu32, cpu), "");
}

static void add_memory(struct shown *shown, struct compartment *compartment) {
    for (size_t i = 0; i < shown->ram.count; i++) {
        const struct shown_range *range = &shown->ram.items[i];

        if (range->owner != compartment->owner)
            continue;
        const char *detail =
            range->has_at ? arena_printf(&shown->arena, "%s at 0x%" PRIx64, range->what, range->at)
                          : range->what;
        add_chip(shown, compartment, SHAPE_MEMORY, shown_size_text(shown, range->size), detail);
    }
}

static void add_channels(struct shown *shown, struct compartment *compartment) {
    for (uint32_t i = 0; i < shown->system.channel_count; i++) {
        const struct system_member *member = shown_channel_member(shown, compartment->owner, i);

        if (member != NULL)
            add_chip(shown, compartment, SHAPE_MEMORY,
                     shown_size_text(shown, shown->system.channels[i].size),
                     arena_printf(&shown->arena, "%s, %s at 0x%" PRIx64, shown_channel(shown, i),
                                  shown_channel_access(member), member->at));
    }
}

/* Whether a device's name says this address already, as in pl031@9010000. */
static bool says_address(struct shown *shown, const char *name, uint64_t address) {
    const char *at = strrchr(name, '@');

    return at != NULL && strcmp(at + 1, arena_printf(&shown->arena, "%" PRIx64, address)) == 0;
}

static void add_device(struct shown *shown, struct compartment *compartment,
                       const struct manifest_device *device) {
    const char *name = shown_name("device", device);
    const char *detail = "";
    const char *irqs = "";

    for (size_t n = 0; n < device->register_count; n++) {
        if (device->register_count > 1 || !says_address(shown, name, device->registers[n])) {
            detail = add_word(shown, detail, n, device->register_count,
                              arena_printf(&shown->arena, "0x%" PRIx64, device->registers[n]));
        }
    }
    for (size_t n = 0; n < device->interrupt_count; n++) {
        uint32_t number = device->interrupts[n];

        for (size_t i = 0; i < shown->interrupt_count; i++)
            if (shown->interrupts[i].phys == device->interrupts[n])
                number = shown->interrupts[i].number;
        irqs = add_word(shown, irqs, n, device->interrupt_count,
                        irq_text(shown, device->interrupts[n], number));
    }
    if (irqs[0] != '\0')
        detail = arena_printf(&shown->arena, "%s%s%s", detail, detail[0] == '\0' ? "" : ", ", irqs);
    add_chip(shown, compartment, SHAPE_DEVICE, name, detail);
}

/*
 * Registers that are no device of a VM's manifest: a VM's by their address, Bulkhead's by what they
 * are, of several with one name the first.
 */
static void add_registers(struct shown *shown, struct compartment *compartment) {
    const char *last = "";

    for (size_t i = 0; i < shown->devices.count; i++) {
        const struct shown_range *range = &shown->devices.items[i];
        const char *at = arena_printf(&shown->arena, "0x%" PRIx64, range->phys);
        bool own = range->owner == SHOWN_BULKHEAD;

        if (range->owner != compartment->owner ||
            (own ? strcmp(range->what, last) == 0 : range->device != NULL))
            continue;
        last = range->what;
        if (own)
            add_chip(shown, compartment, SHAPE_DEVICE, last,
                     range->device == NULL ? at : range->device->name);
        else
            add_chip(shown, compartment, SHAPE_DEVICE, at,
                     number_size_text(&shown->arena, range->size));
    }
}

static void add_vm_devices(struct shown *shown, struct compartment *compartment) {
    const struct manifest_vm *known = manifest_vm(&shown->manifest, compartment->owner);

    for (size_t i = 0; i < known->device_count; i++)
        add_device(shown, compartment, &known->devices[i]);
    add_registers(shown, compartment);
    for (size_t i = 0; i < shown->interrupt_count; i++) {
        const struct shown_interrupt *interrupt = &shown->interrupts[i];

        if (interrupt->device == NULL && interrupt->owner == compartment->owner)
            add_chip(shown, compartment, SHAPE_DEVICE,
                     irq_text(shown, interrupt->phys, interrupt->number), "");
    }
}

/* --- compartments --- */

static struct compartment *add_compartment(struct compartments *compartments, uint32_t owner,
                                           const char *facts) {
    struct compartment *compartment = &compartments->list[compartments->count++];

    *compartment = (struct compartment){.owner = owner, .facts = facts};
    return compartment;
}

static void add_vm(struct shown *shown, struct compartments *compartments, uint32_t vm) {
    const struct system_vm *entry = &shown->system.vms[vm];
    const char *facts = arena_printf(
        &shown->arena, "console %s, on-fault %s%s%s", shown_console(shown, vm),
        shown_policy(shown, &entry->policies[SYSTEM_END_FAULT]), shown_ends(shown, vm),
        (entry->flags & SYSTEM_VM_DMA_UNPROTECTED) != 0 ? ", DMA that nothing contains" : "");
    struct compartment *compartment = add_compartment(compartments, vm, facts);

    add_cpus(shown, compartment, vm);
    add_memory(shown, compartment);
    add_channels(shown, compartment);
    add_vm_devices(shown, compartment);
}

static void add_own(struct shown *shown, struct compartments *compartments) {
    struct compartment *compartment =
        add_compartment(compartments, SHOWN_BULKHEAD, "no CPU, no device but these");

    add_memory(shown, compartment);
    add_registers(shown, compartment);
}

static void add_nobody(struct shown *shown, struct compartments *compartments) {
    struct compartment *compartment = add_compartment(compartments, SHOWN_NOBODY, "switched off");

    add_cpus(shown, compartment, SYSTEM_VMS_MAX);
    if (compartment->chip_count == 0)
        compartments->count--;
}

/* Gives each chip its place, from left to right and line by line. */
static void place_chips(struct compartment *compartment, unsigned width) {
    unsigned end = width - MARGIN - PADDING;
    unsigned x = CHIPS_BEGIN;
    unsigned y = PADDING + SVG_LINE + PADDING / 2;

    for (size_t i = 0; i < compartment->chip_count; i++) {
        struct chip *chip = &compartment->chips[i];

        if (x != CHIPS_BEGIN && x + chip->width > end) {
            x = CHIPS_BEGIN;
            y += CHIP_HEIGHT + CHIP_GAP;
        }
        chip->x = x;
        chip->y = y;
        x += chip->width + CHIP_GAP;
    }
    compartment->height = y + CHIP_HEIGHT + PADDING;
}

/* --- drawing --- */

static void draw_pins(FILE *stream, unsigned x, unsigned y, unsigned width) {
    fputs("<path class=\"line\" d=\"", stream);
    for (unsigned at = x + 8; at + 8 <= x + width; at += 8)
        fprintf(stream, "M%u %uv-3M%u %uv3", at, y, at, y + CHIP_HEIGHT);
    fputs("\"/>\n", stream);
}

static void draw_chip(FILE *stream, const struct chip *chip, unsigned top) {
    unsigned x = chip->x;
    unsigned y = top + chip->y;
    unsigned base = y + 16;

    fprintf(stream, "<g><rect class=\"box\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"%s/>\n", x,
            y, chip->width, CHIP_HEIGHT, chip->shape == SHAPE_DEVICE ? " rx=\"11\"" : "");
    if (chip->shape == SHAPE_CPU)
        draw_pins(stream, x, y, chip->width);
    svg_text(stream, x + CHIP_GAP, base, SVG_SMALL, SVG_STRONG, chip->name);
    if (chip->detail[0] != '\0') {
        svg_text(stream, x + 2 * CHIP_GAP + svg_width(chip->name, SVG_SMALL), base, SVG_SMALL,
                 SVG_FAINT, chip->detail);
    }
    fputs("</g>\n", stream);
}

static void draw_compartment(FILE *stream, const char *name, const struct compartment *compartment,
                             unsigned y, unsigned width) {
    unsigned x = MARGIN;

    svg_filled(stream, x, y, STRIP, compartment->height, compartment->owner, name);
    fprintf(stream,
            "<path class=\"wall\" d=\"M%u %uv%u\"/>\n"
            "<rect class=\"wall\" x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>\n",
            x + STRIP, y, compartment->height, x, y, width, compartment->height);
    svg_text(stream, CHIPS_BEGIN, y + PADDING + 12, SVG_NAME, SVG_STRONG, name);
    svg_text(stream, CHIPS_BEGIN + svg_width(name, SVG_NAME) + 12, y + PADDING + 12, SVG_SMALL,
             SVG_FAINT, compartment->facts);
    for (size_t i = 0; i < compartment->chip_count; i++)
        draw_chip(stream, &compartment->chips[i], y);
}

/* --- the whole --- */

/* A VM's devices, by name as far as there are names. */
static const char *describe_devices(struct shown *shown, uint32_t vm) {
    const struct manifest_vm *known = manifest_vm(&shown->manifest, vm);
    const char *text = "";

    if (shown->no_manifest != NULL)
        return arena_printf(&shown->arena, ", %" PRIu32 " windows of registers",
                            shown->system.vms[vm].devices.count);
    for (size_t i = 0; i < known->device_count; i++)
        text =
            arena_printf(&shown->arena, "%s, %s", text, shown_name("a device", &known->devices[i]));
    return text[0] == '\0' ? ", no device" : text;
}

/* For those who do not see it. */
static const char *describe(struct shown *shown) {
    const char *text = "";

    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++) {
        text = arena_printf(
            &shown->arena, "%s%s owns CPU %s, %s of memory%s. ", text, shown_owner(shown, vm),
            shown_cpus_text(shown, shown->system.vms[vm].cpus),
            shown_size_text(shown, shown_memory_size(shown, vm)), describe_devices(shown, vm));
    }
    for (uint32_t i = 0; i < shown->system.channel_count; i++)
        text = arena_printf(&shown->arena, "%sThe memory of %s: %s. ", text,
                            shown_channel(shown, i), shown_channel_members(shown, i));
    return arena_printf(&shown->arena, "%sBelow, a bar shows the owner of all RAM, to scale.",
                        text);
}

static const char *title_of(struct shown *shown) {
    const char *board = shown->manifest.board;

    return arena_printf(&shown->arena, "%" PRIu32 " VM%s on %s", shown->system.vm_count,
                        shown->system.vm_count == 1 ? "" : "s",
                        board == NULL ? shown_arch(shown) : board);
}

static const char *subtitle_of(struct shown *shown) {
    uint64_t ram = 0;

    for (size_t i = 0; i < shown->ram.count; i++)
        ram += shown->ram.items[i].size;
    return arena_printf(&shown->arena, "%s, %" PRIu32 " CPUs, %s of RAM%s", shown_arch(shown),
                        shown->system.cpu_count, shown_size_text(shown, ram),
                        shown->system.payload_count == 0 ? "; without the guests' images" : "");
}

static void at_least(unsigned *width, unsigned needed) {
    if (needed > *width)
        *width = needed;
}

/* The width that all texts need. */
static unsigned width_of(struct shown *shown, const struct compartments *compartments,
                         unsigned ram_width) {
    unsigned width = WIDTH_MIN;
    unsigned sides = CHIPS_BEGIN + PADDING + MARGIN;

    at_least(&width, 2 * MARGIN + ram_width);
    at_least(&width, 2 * MARGIN + svg_width(title_of(shown), SVG_TITLE));
    at_least(&width, 2 * MARGIN + svg_width(subtitle_of(shown), SVG_SMALL));
    for (size_t i = 0; i < compartments->count; i++) {
        const struct compartment *compartment = &compartments->list[i];

        at_least(&width, sides + svg_width(shown_owner(shown, compartment->owner), SVG_NAME) + 12 +
                             svg_width(compartment->facts, SVG_SMALL));
        for (size_t j = 0; j < compartment->chip_count; j++)
            at_least(&width, sides + compartment->chips[j].width);
    }
    return width;
}

void show_svg(FILE *stream, struct shown *shown) {
    struct compartments compartments = {.count = 0};
    unsigned width, ram_width, ram_height;
    const struct ram_map *ram = show_svg_ram_plan(shown, &ram_width, &ram_height);
    unsigned height = HEAD_HEIGHT + MARGIN;
    unsigned y = HEAD_HEIGHT + MARGIN / 2;

    for (uint32_t vm = 0; vm < shown->system.vm_count; vm++)
        add_vm(shown, &compartments, vm);
    add_nobody(shown, &compartments);
    add_own(shown, &compartments);
    width = width_of(shown, &compartments, ram_width);
    for (size_t i = 0; i < compartments.count; i++) {
        place_chips(&compartments.list[i], width);
        height += compartments.list[i].height + BETWEEN;
    }
    svg_begin(stream, width, height + ram_height + MARGIN, title_of(shown), describe(shown));
    svg_text(stream, MARGIN, 34, SVG_TITLE, SVG_STRONG, title_of(shown));
    svg_text(stream, MARGIN, 54, SVG_SMALL, SVG_FAINT, subtitle_of(shown));
    for (size_t i = 0; i < compartments.count; i++) {
        const struct compartment *compartment = &compartments.list[i];

        draw_compartment(stream, shown_owner(shown, compartment->owner), compartment, y,
                         width - 2 * MARGIN);
        y += compartment->height + BETWEEN;
    }
    show_svg_ram(stream, ram, MARGIN, y + MARGIN / 2);
    svg_end(stream);
}
