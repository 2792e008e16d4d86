/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_problem.h - where libyaml gives up: what to say to someone who does not know its source.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/base/arena.h"
#include "tool/report/mark.h"

/* What is known of the file by then. */
struct yaml_progress {
    const char *text; /* all of it */
    size_t size;
    const char *last; /* the value that was read last; "": none was */
    bool last_quoted;
    size_t last_line;
    struct arena *arena;
};

/*
 * What to say, and in *mark where. libyaml has found `what` at *mark, inside of that which begins
 * at `start`; in line 0: in nothing.
 */
const char *yaml_problem_text(const struct yaml_progress *progress, const char *what,
                              struct mark start, struct mark *mark);

/* The same of a list or map in brackets that begins at `start` and does not go on at *mark. */
const char *yaml_problem_brackets(const struct yaml_progress *progress, struct mark start,
                                  struct mark *mark);
