/* SPDX-License-Identifier: Apache-2.0 */
/*
 * console_mux_escape.h - a terminal's input, cut into tokens.
 *
 * Characters, control characters and escape sequences, however the bytes were
 * split over reads. A token's bytes are complete, so that nothing of ours is
 * ever written into the middle of a guest's sequence or character.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESCAPE_MAX_PARAMS 16
#define ESCAPE_MAX_BYTES  64

enum token_kind {
    TOKEN_NONE,      /* more bytes are needed */
    TOKEN_CHARACTER, /* code: a printable character; 0xfffd for a malformed one */
    TOKEN_CONTROL,   /* code: a control character below 0x20, or 0x7f */
    TOKEN_ESCAPE,    /* ESC, an intermediate byte or 0, and a final byte */
    TOKEN_CSI,       /* ESC [ parameters and a final byte */
    TOKEN_DROPPED,   /* a string for the terminal (OSC, DCS...), or an overlong sequence */
};

struct token {
    enum token_kind kind;
    uint32_t code;
    char final;
    char intermediate; /* the last one, or 0 */
    char marker;       /* one of < = > ? right after ESC [, or 0 */
    size_t param_count;
    uint16_t params[ESCAPE_MAX_PARAMS]; /* one left out is 0 */
    const char *bytes;                  /* the token as it came; valid until the next call */
    size_t size;
};

struct escape_parser {
    bool utf8;
    int state;
    unsigned missing; /* bytes of a character that is not complete */
    bool overlong;    /* a sequence with more bytes or parameters than are kept */
    struct token token;
    char bytes[ESCAPE_MAX_BYTES];
    size_t size;
};

/* Start, at the beginning of a character. */
void escape_init(struct escape_parser *parser, bool utf8);

/*
 * Take bytes until a token is complete or there are no more. Returns how many
 * were taken; *token has kind TOKEN_NONE if that completed none. Each call
 * takes a byte or returns a token.
 */
size_t escape_take(struct escape_parser *parser, const char *bytes, size_t size,
                   struct token *token);

/* Parameter `index` of a CSI, or `fallback` where it is left out or 0. */
unsigned token_param(const struct token *token, size_t index, unsigned fallback);
