/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - helpers around jansson, which reads and writes JSON. A value that one makes is given
 * away: to the map or list that it is put into, or to json_print().
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

/* Makes jansson end the program with exit code 3 if memory runs out, so that no value gets lost. */
void json_begin(void);

/* A text of any bytes: U+FFFD replaces each that is no UTF-8. NULL becomes null. */
json_t *json_text(const char *text);

/* A number. One of 64 bits, which jansson does not have, becomes the largest of 63. */
json_t *json_unsigned(uint64_t number);

/* An address, or a size that goes with one: as text, "0x40000000", that people can read too. */
json_t *json_hex(uint64_t number);

/* Writes a value, indented for people, with a line end; and frees it. */
void json_print(json_t *value, FILE *stream);
