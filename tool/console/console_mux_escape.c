/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_mux_escape.h"

#include <string.h>

#include "lib/address.h"
#include "tool/base/utf8.h"

enum { GROUND, CHARACTER, ESCAPE, CSI, STRING, STRING_ESCAPE };

#define ESC       0x1b
#define BEL       0x07
#define CAN       0x18
#define SUB       0x1a
#define MALFORMED 0xfffd

void escape_init(struct escape_parser *parser, bool utf8) {
    *parser = (struct escape_parser){.utf8 = utf8};
}

static void keep(struct escape_parser *parser, unsigned char byte) {
    if (parser->size < sizeof(parser->bytes))
        parser->bytes[parser->size++] = (char)byte;
    else
        parser->overlong = true;
}

static void finish(struct escape_parser *parser, struct token *token, enum token_kind kind) {
    *token = parser->token;
    token->kind = parser->overlong ? TOKEN_DROPPED : kind;
    token->bytes = parser->bytes;
    token->size = parser->size;
    parser->state = GROUND;
}

static void start(struct escape_parser *parser) {
    parser->token = (struct token){0};
    parser->size = 0;
    parser->overlong = false;
}

static void take_ground(struct escape_parser *parser, unsigned char byte, struct token *token) {
    start(parser);
    keep(parser, byte);
    parser->token.code = byte;
    if (byte == ESC) {
        parser->state = ESCAPE;
    } else if (byte < 0x20 || byte == 0x7f) {
        finish(parser, token, TOKEN_CONTROL);
    } else if (byte < 0x80) {
        finish(parser, token, TOKEN_CHARACTER);
    } else if (!parser->utf8) {
        /* 0x80-0x9f are control characters to some terminals. */
        finish(parser, token, byte < 0xa0 ? TOKEN_DROPPED : TOKEN_CHARACTER);
    } else if (byte >= 0xc2 && byte <= 0xf4) {
        parser->missing = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
        parser->state = CHARACTER;
    } else {
        parser->token.code = MALFORMED;
        finish(parser, token, TOKEN_CHARACTER);
    }
}

/* Returns false if the byte does not belong to the character: it ends malformed. */
static bool take_character(struct escape_parser *parser, unsigned char byte, struct token *token) {
    if ((byte & 0xc0) != 0x80) {
        parser->token.code = MALFORMED;
        finish(parser, token, TOKEN_CHARACTER);
        return false;
    }
    keep(parser, byte);
    if (--parser->missing != 0)
        return true;
    size_t length;
    uint32_t code = utf8_next(parser->bytes, parser->size, &length);
    parser->token.code = code == UTF8_WRONG ? MALFORMED : code;
    /* U+0080-U+009F are control characters: no guest needs them. */
    finish(parser, token, parser->token.code < 0xa0 ? TOKEN_DROPPED : TOKEN_CHARACTER);
    return true;
}

static void take_escape(struct escape_parser *parser, unsigned char byte, struct token *token) {
    keep(parser, byte);
    if (byte >= 0x20 && byte < 0x30) {
        parser->token.intermediate = (char)byte;
    } else if (parser->token.intermediate == 0 && byte == '[') {
        parser->state = CSI;
    } else if (parser->token.intermediate == 0 && strchr("P]X^_", byte) != NULL) {
        parser->state = STRING;
    } else {
        parser->token.final = (char)byte;
        finish(parser, token, TOKEN_ESCAPE);
    }
}

/* A digit of a parameter, or the separator before the next one. */
static void take_param(struct escape_parser *parser, unsigned char byte) {
    struct token *csi = &parser->token;

    if (csi->param_count == 0)
        csi->param_count = 1;
    if (byte <= '9')
        csi->params[csi->param_count - 1] =
            (uint16_t)smaller(csi->params[csi->param_count - 1] * 10u + (byte - '0'), 9999);
    else if (csi->param_count == ESCAPE_MAX_PARAMS)
        parser->overlong = true;
    else
        csi->param_count++;
}

static void take_csi(struct escape_parser *parser, unsigned char byte, struct token *token) {
    struct token *csi = &parser->token;

    keep(parser, byte);
    if (byte >= '0' && byte <= ';') {
        take_param(parser, byte);
    } else if (byte >= '<' && byte <= '?') {
        csi->marker = (char)byte;
    } else if (byte >= 0x20 && byte < 0x30) {
        csi->intermediate = (char)byte;
    } else {
        csi->final = (char)byte;
        finish(parser, token, TOKEN_CSI);
    }
}

/* Returns false at a line's end: it ends the string too, or an open one would hide the rest. */
static bool take_string(struct escape_parser *parser, unsigned char byte, struct token *token) {
    bool terminated = byte == BEL || (parser->state == STRING_ESCAPE && byte == '\\');

    if (terminated || byte == '\n')
        finish(parser, token, TOKEN_DROPPED);
    else
        parser->state = byte == ESC ? STRING_ESCAPE : STRING;
    return byte != '\n';
}

/* Takes a byte that ends a sequence before its time; false if this is none. */
static bool take_abort(struct escape_parser *parser, unsigned char byte, struct token *token) {
    bool sequence = parser->state == ESCAPE || parser->state == CSI;

    if (byte == CAN || byte == SUB) {
        finish(parser, token, TOKEN_DROPPED);
        return true;
    }
    /* A real terminal obeys a control character here; a guest that works does not send one. */
    if (sequence && byte == ESC) {
        start(parser);
        keep(parser, byte);
        parser->state = ESCAPE;
    }
    return sequence && byte < 0x20;
}

static bool take_byte(struct escape_parser *parser, unsigned char byte, struct token *token) {
    if (parser->state == CHARACTER)
        return take_character(parser, byte, token);
    if (parser->state != GROUND && take_abort(parser, byte, token))
        return true;
    if (parser->state == STRING || parser->state == STRING_ESCAPE)
        return take_string(parser, byte, token);
    if (parser->state == ESCAPE)
        take_escape(parser, byte, token);
    else if (parser->state == CSI)
        take_csi(parser, byte, token);
    else
        take_ground(parser, byte, token);
    return true;
}

size_t escape_take(struct escape_parser *parser, const char *bytes, size_t size,
                   struct token *token) {
    size_t taken = 0;

    token->kind = TOKEN_NONE;
    while (taken < size && token->kind == TOKEN_NONE)
        if (take_byte(parser, (unsigned char)bytes[taken], token))
            taken++;
    return taken;
}

unsigned token_param(const struct token *token, size_t index, unsigned fallback) {
    if (index >= token->param_count || token->params[index] == 0)
        return fallback;
    return token->params[index];
}
