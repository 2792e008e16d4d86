/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show_text.h - who owns what in a system, as text for people.
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "tool/show/shown.h"

/* The whole machine: each CPU, range of RAM, device and interrupt with its owner. */
void show_text(FILE *stream, struct shown *shown);

/* One VM: what it has, and where its guest finds it. */
void show_text_vm(FILE *stream, struct shown *shown, uint32_t vm);
