/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show.h - who owns what in a system, in each form that people and programs read.
 */
#pragma once

#include <stdio.h>

#include "tool/base/json.h"
#include "tool/show/shown.h"

/* The whole machine, as text for people: each CPU, range of RAM, device and interrupt with its
 * owner. */
void show_text(FILE *stream, struct shown *shown);

/* One VM, as text for people: what it has, and where its guest finds it. */
void show_text_vm(FILE *stream, struct shown *shown, uint32_t vm);

/*
 * The whole system for programs, or a VM alone: then only its own entries are in the lists.
 * docs/show.md lists the keys, which are added, never renamed or given another meaning.
 */
json_t *show_json(struct shown *shown, uint32_t vm);

/*
 * Writes a picture, as an SVG document: a walled compartment for each VM, and RAM to scale;
 * readable in print, in the dark, and without colours.
 */
void show_svg(FILE *stream, struct shown *shown);

/*
 * Writes a C header for the guest of VM `vm`: all numbers that a guest without a device tree has to
 * know, by names that begin with `prefix` and an underscore. It holds macros only, for C, assembly
 * and linker scripts.
 */
void show_header(FILE *stream, struct shown *shown, uint32_t vm, const char *prefix);

/* Whether names in C may begin with it: letters, digits and underscores, a letter first. */
bool show_header_is_prefix(const char *text);

/*
 * Prints the device tree of VM `vm` as source, by the device tree compiler. NULL, or why there is
 * nothing: the VM has no tree, it is damaged, or there is no compiler.
 */
const char *show_tree(FILE *stream, struct shown *shown, uint32_t vm);
