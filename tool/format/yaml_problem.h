/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_problem.h - where libyaml gives up: what to say to someone who does not know its source.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tool/base/arena.h"
#include "tool/report/mark.h"

struct yaml_problem {
    const char *text; /* the whole file */
    size_t size;
    const char *what;  /* in libyaml's words */
    struct mark at;    /* where it was found */
    struct mark start; /* where that begins which it is in; line 0: in nothing */
    struct {
        const char *text; /* "": there was none */
        bool quoted;
        size_t line;
    } last; /* the value that was read last */
    struct arena *arena;
};

/* What to say, and in *mark where. */
const char *yaml_problem_text(const struct yaml_problem *problem, struct mark *mark);

/* The same for a list or map in brackets that begins at `start` and does not go on at `at`. */
const char *yaml_problem_brackets(const struct yaml_problem *problem, struct mark *mark);
