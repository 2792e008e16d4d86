/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey.h - what a board's tree alone tells of the board, for somebody who has no board file yet:
 * what is there, what Bulkhead lacks to run on it, and what could be passed through to a VM.
 */
#pragma once

#include "tool/board/board.h"
#include "tool/board/device.h"
#include "tool/report/rules.h"
#include "tool/tree/tree.h"

/* Ways in which a device could be passed through. */
enum survey_group {
    SURVEY_READY,    /* as it is */
    SURVEY_DECISION, /* it may be a bus master, or it needs what the VM does not own */
    SURVEY_SHARED,   /* it has a page of registers in common with others */
    SURVEY_COMMON,   /* others need it, or it concerns the whole machine */
    SURVEY_DISABLED, /* the tree disables it */
    SURVEY_NEVER,    /* not at all, or not yet: `why` */
    SURVEY_GROUPS
};

/* A property by which a device needs a node. */
struct survey_need {
    const struct tree_node *user; /* the device's node, or one below it */
    const struct tree_node *node; /* NULL: the tree does not have it */
    const char *name;             /* of the node */
    const char *property;         /* "": a fixed clock or regulator, which is copied */
    bool is_firmware;             /* the firmware's, so no node that a VM could own */
    bool is_disabled;             /* by the tree */
};

struct survey_device {
    const struct tree_node *node;
    const char *path; /* as the tree has it; the other texts are clean */
    const char *name; /* that a description can call it by */
    const char *unit; /* its unit name */
    bool enabled;
    bool harmless;                  /* known to be no bus master, nor to hold one */
    bool has_stream;                /* an IOMMU sees its DMA */
    size_t below;                   /* nodes below it, which come with it: */
    struct system_range *registers; /* as the CPU sees them, not rounded */
    size_t register_count;
    struct tree_interrupt *interrupts;
    size_t interrupt_count;
    struct survey_need *needs;
    size_t need_count;
    size_t users;           /* other devices that need it */
    size_t page;            /* the first device that it has a page in common with; itself: none */
    size_t interrupt_owner; /* the first device with one of its interrupts; itself: none */
    const char *master;     /* one that counts as a bus master and has one of its pages, of a
                             * harmless SURVEY_DECISION; NULL: none */
    enum survey_group group;
    bool as_is;         /* no rule is broken by passing it through as it is */
    enum rule obstacle; /* the first that is, with all decided in its favour; RULE_NONE: none */
    const char *why;    /* SURVEY_NEVER: the rest of a sentence about it */
};

enum survey_role {
    SURVEY_CONTROLLER, /* of interrupts, that CPUs listen to */
    SURVEY_UART,       /* with an alias */
    SURVEY_IOMMU
};

/* Something that the board has, and whether Bulkhead drives it. */
struct survey_part {
    enum survey_role role;
    const struct tree_node *node;
    const char *name;
    const char *kind; /* compatible string */
    bool driven;
};

/* A zeroed struct survey is ready. All of it lives until survey_close(). */
struct survey {
    struct board board; /* as a board.yaml would say it; its arena is the survey's */
    const char *model;  /* what people call the board; never NULL */
    const char *short_name;
    struct diagnostics lacks; /* what keeps Bulkhead from running on the board */
    bool judged;              /* false: Bulkhead does not drive its CPUs or interrupt controller */
    size_t cpus_left_out;     /* which the tree has and Bulkhead cannot use */
    struct survey_part *parts;
    size_t part_count;
    /* The one that devices interrupt, whether or not Bulkhead drives it; NULL: none. */
    const struct tree_node *main_controller;
    struct survey_device *devices; /* in the tree's order */
    size_t device_count;
    uint64_t home_room;    /* bytes that are free from board.home on; 0: there is no home */
    uint64_t largest_room; /* of the largest free piece of RAM */
};

/*
 * Reads a tree of `size` bytes that has passed tree_check(), and must stay. False with an error of
 * rule board-tree in `diagnostics` if it is no board's.
 */
bool survey_read(struct survey *survey, const char *file, const void *blob, size_t size,
                 struct diagnostics *diagnostics);

/*
 * The steps of survey_read(), one after the other once all else has been read: finds the devices;
 * tells what could be done with each; and gives those a name that have none to be called by.
 */
void survey_find_devices(struct survey *survey);
void survey_group_devices(struct survey *survey);
void survey_name_devices(struct survey *survey);

/* Whether two devices interrupt by the same line. */
bool survey_is_same_interrupt(const struct tree_interrupt *a, const struct tree_interrupt *b);

/* Whether a node is one of the board's parts with a role. */
bool survey_is_part(const struct survey *survey, enum survey_role role,
                    const struct tree_node *node);

/* How many devices are in a group. */
size_t survey_count(const struct survey *survey, enum survey_group group);

/*
 * A text out of a tree, which may hold anything, for files and people: what is not printable, and
 * what would end a quote, is a question mark.
 */
const char *survey_clean(struct arena *arena, const char *text);

/* The first of a node's compatible strings that is one of "a|b"; NULL: none is. */
const char *survey_find_kind(const struct tree_node *node, const char *kinds);

/* A clean text as YAML takes it anywhere, between quotes if it has to be. */
const char *survey_quoted(struct arena *arena, const char *text);

/* Whether a need is one of the node `user`, of what can be left out: no copy. */
bool survey_is_need_of(const struct survey_need *need, const struct tree_node *user);

/* The next node behind `user`, below the device, that needs something of others; NULL: none does.
 */
const struct tree_node *survey_next_user(const struct survey_device *device,
                                         const struct tree_node *user);

/* The properties by which the node `user`, the device's or one below it, needs others, and without
 * which it can go: a list of words that is given unless it is empty. */
struct value survey_without(const struct survey_device *device, const struct tree_node *user,
                            struct arena *arena);

/* Frees all that belongs to it. */
void survey_close(struct survey *survey);
