/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_problem.h - messages about text that libyaml cannot read, for someone who does not know its
 * source.
 */
#pragma once

#include "tool/base/arena.h"
#include "tool/report/mark.h"

/* The file, and the value before the problem. */
struct yaml_progress {
    const char *text; /* all of it */
    size_t size;
    const char *last; /* the value that was read last; "": none was */
    bool last_quoted;
    size_t last_line;
    struct arena *arena;
};

/*
 * The message, and in *mark its place. libyaml found `what` at *mark, in a list or map that begins
 * at `start`; line 0: in none.
 */
const char *yaml_problem_text(const struct yaml_progress *progress, const char *what,
                              struct mark start, struct mark *mark);

/* The message about brackets that open at `start` and do not go on at *mark. */
const char *yaml_problem_brackets(const struct yaml_progress *progress, struct mark start,
                                  struct mark *mark);
