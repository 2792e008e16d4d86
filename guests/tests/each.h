/* SPDX-License-Identifier: Apache-2.0 */
/* each.h - for lists that are macros: what is done with one of them is the macro X. */
#pragma once

#define TWO(X, a, b)        X(a) X(b)
#define FOUR(X, a, b, c, d) TWO(X, a, b) TWO(X, c, d)
