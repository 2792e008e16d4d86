/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/show_svg_ram.h"

#include <inttypes.h>

#include "tool/show/shown_channel.h"
#include "tool/show/svg.h"

#define TITLE_HEIGHT 34u
#define BAR_WIDTH    64u
#define LEADER       44u /* from the bar to the text */
#define HEIGHT_MIN   220.0
#define THINNEST     3.0
#define BANK_GAP     10.0 /* where addresses are left out */
#define COLUMN_GAP   16u
#define COLUMNS      4u

struct piece {
    const struct shown_range *range;
    double y; /* from the bar's top */
    double height;
    double text_y; /* middle of its text */
    const char *columns[COLUMNS];
};

struct ram_map {
    struct shown *shown;
    struct piece *pieces;
    size_t count;
    unsigned column_width[COLUMNS];
};

static double middle(const struct piece *piece) {
    return piece->y + piece->height / 2;
}

/* Height of each piece and where it is; the whole bar's height. */
static double place_pieces(struct ram_map *map) {
    double total = 0;
    double y = 0;

    for (size_t i = 0; i < map->count; i++)
        total += (double)map->pieces[i].range->size;
    double wanted = (double)map->count * SVG_LINE;
    double scale = (wanted > HEIGHT_MIN ? wanted : HEIGHT_MIN) / total;
    for (size_t i = 0; i < map->count; i++) {
        struct piece *piece = &map->pieces[i];
        double height = (double)piece->range->size * scale;

        if (i > 0 && piece->range->phys != piece[-1].range->phys + piece[-1].range->size)
            y += BANK_GAP;
        piece->y = y;
        piece->height = height < THINNEST ? THINNEST : height;
        y += piece->height;
    }
    return y;
}

/*
 * Texts that would overlap stand in one block, whose middle is where its pieces' middle is; none is
 * above the bar's top.
 */
static void place_texts(struct ram_map *map) {
    for (size_t i = 0; i < map->count; i++) {
        map->pieces[i].text_y = middle(&map->pieces[i]);
        for (size_t begin = i;;) { /* the block from there to `i` */
            double sum = 0;

            for (size_t j = begin; j <= i; j++)
                sum += middle(&map->pieces[j]) - (double)(j - begin) * SVG_LINE;
            double first = sum / (double)(i - begin + 1);
            first = first < SVG_LINE / 2.0 ? SVG_LINE / 2.0 : first;
            for (size_t j = begin; j <= i; j++)
                map->pieces[j].text_y = first + (double)(j - begin) * SVG_LINE;
            if (begin == 0 || map->pieces[begin].text_y - map->pieces[begin - 1].text_y >= SVG_LINE)
                break;
            begin--;
        }
    }
}

static const char *text_of(struct shown *shown, const struct shown_range *range) {
    if (range->owner == SHOWN_SHARED)
        return arena_printf(&shown->arena, "%s: %s", range->what,
                            shown_channel_members(shown, range->channel));
    return range->has_at
               ? arena_printf(&shown->arena, "%s, seen at 0x%" PRIx64, range->what, range->at)
               : range->what;
}

static void write_columns(struct ram_map *map) {
    struct shown *shown = map->shown;

    for (size_t i = 0; i < map->count; i++) {
        struct piece *piece = &map->pieces[i];
        const struct shown_range *range = piece->range;

        piece->columns[0] = arena_printf(&shown->arena, "0x%010" PRIx64, range->phys);
        piece->columns[1] = shown_size_text(shown, range->size);
        piece->columns[2] = shown_owner(shown, range->owner);
        piece->columns[3] = text_of(shown, range);
        for (unsigned column = 0; column < COLUMNS; column++) {
            unsigned width = svg_width(piece->columns[column], SVG_SMALL);

            if (width > map->column_width[column])
                map->column_width[column] = width;
        }
    }
}

struct ram_map *show_svg_ram_plan(struct shown *shown, unsigned *width, unsigned *height) {
    struct ram_map *map = arena_alloc(&shown->arena, sizeof(*map));

    map->shown = shown;
    map->count = shown->ram.count;
    map->pieces = arena_alloc(&shown->arena, (map->count + 1) * sizeof(*map->pieces));
    for (size_t i = 0; i < map->count; i++)
        map->pieces[i].range = &shown->ram.items[i];
    double bar = place_pieces(map);
    place_texts(map);
    write_columns(map);
    double last = map->count == 0 ? 0 : map->pieces[map->count - 1].text_y + SVG_LINE / 2.0;
    *width = BAR_WIDTH + LEADER + (COLUMNS - 1) * COLUMN_GAP;
    for (unsigned column = 0; column < COLUMNS; column++)
        *width += map->column_width[column];
    *height = TITLE_HEIGHT + (unsigned)(last > bar ? last : bar) + 1;
    return map;
}

static void draw_text(FILE *stream, const struct ram_map *map, const struct piece *piece,
                      unsigned x, unsigned y) {
    bool is_vm = piece->range->owner < SYSTEM_VMS_MAX || piece->range->owner == SHOWN_SHARED;
    unsigned faint = is_vm ? 0 : SVG_FAINT;
    const unsigned styles[COLUMNS] = {SVG_FAINT, SVG_ENDS, is_vm ? SVG_STRONG : SVG_FAINT, faint};

    for (unsigned column = 0; column < COLUMNS; column++) {
        unsigned end = x + map->column_width[column];

        svg_text(stream, styles[column] == SVG_ENDS ? end : x, y, SVG_SMALL, styles[column],
                 piece->columns[column]);
        x = end + COLUMN_GAP;
    }
}

/* A piece is in its owner's colour; a channel has stripes in all of its members'. */
static void draw_owners(FILE *stream, const struct ram_map *map, const struct piece *piece,
                        unsigned x, double y, const char *tip) {
    const struct shown_range *range = piece->range;
    uint32_t owners[SYSTEM_VMS_MAX] = {range->owner};
    unsigned count = range->owner != SHOWN_SHARED;

    for (uint32_t vm = 0; range->owner == SHOWN_SHARED && vm < map->shown->system.vm_count; vm++)
        if (shown_channel_member(map->shown, vm, range->channel) != NULL)
            owners[count++] = vm;
    double width = (double)BAR_WIDTH / (count == 0 ? 1 : count);
    for (unsigned i = 0; i < count; i++)
        svg_filled(stream, x + i * width, y, width, piece->height, owners[i], tip);
}

static void draw_piece(FILE *stream, const struct ram_map *map, const struct piece *piece,
                       unsigned x, unsigned y) {
    const struct shown_range *range = piece->range;
    unsigned bar_end = x + BAR_WIDTH;
    unsigned text_x = bar_end + LEADER;
    double from = y + middle(piece);
    double to = y + piece->text_y;
    const char *tip =
        arena_printf(&map->shown->arena, "%s: %s, %s, from 0x%" PRIx64, piece->columns[2],
                     range->owner == SHOWN_SHARED ? piece->columns[3] : range->what,
                     piece->columns[1], range->phys);

    draw_owners(stream, map, piece, x, y + piece->y, tip);
    fprintf(stream, "<path class=\"line\" d=\"M%u %.1fh8L%u %.1fh8\"/>\n", bar_end, from,
            text_x - 12, to);
    draw_text(stream, map, piece, text_x, (unsigned)(to + 4.5));
}

void show_svg_ram(FILE *stream, const struct ram_map *map, unsigned x, unsigned y) {
    const char *title = "RAM";

    svg_text(stream, x, y + 16, SVG_NAME, SVG_STRONG, title);
    svg_text(stream, x + svg_width(title, SVG_NAME) + 12, y + 16, SVG_SMALL, SVG_FAINT,
             "to scale, but that slivers are drawn thicker than they are");
    y += TITLE_HEIGHT;
    for (size_t i = 0; i < map->count; i++)
        draw_piece(stream, map, &map->pieces[i], x, y);
    for (size_t i = 0; i < map->count; i++) {
        fprintf(stream, "<rect class=\"edge\" x=\"%u\" y=\"%.1f\" width=\"%u\" height=\"%.1f\"/>\n",
                x, y + map->pieces[i].y, BAR_WIDTH, map->pieces[i].height);
    }
}
