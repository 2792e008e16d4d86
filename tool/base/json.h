/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.h - what jansson, which reads and writes JSON, needs besides. Whoever makes a value gives it
 * to the map or list that it is put into, or to json_print().
 */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

/* Has it end the program with exit code 3 where memory runs out, so that no value is left out. */
void json_begin(void);

/* A text of which nobody knows whether it is UTF-8: U+FFFD stands for what is not. NULL: null. */
json_t *json_text(const char *text);

/* A number; of more than 63 bits, of which jansson has none, the largest that it has. */
json_t *json_unsigned(uint64_t number);

/* An address, or a size that goes with one: as text, "0x40000000", that people can read too. */
json_t *json_hex(uint64_t number);

/* Writes a value, indented for people, with a line end; and frees it. */
void json_print(json_t *value, FILE *stream);
