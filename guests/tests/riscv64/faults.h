/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faults.h - functions of one load or store each, and nothing else in memory: they run wherever
 * they are mapped. Compressed forms have `_c`; those off the stack pointer `_sp`.
 */
#pragma once

#include <stdint.h>

typedef uint64_t (*fault_load)(uint64_t at);
typedef void (*fault_store)(uint64_t at, uint64_t value);

/* All of them lie in this page; the last two's instructions across its end. */
extern unsigned char faults_code[];

/* Each is called with the address it accesses. */
uint64_t load_lb(uint64_t at);
uint64_t load_lbu(uint64_t at);
uint64_t load_lh(uint64_t at);
uint64_t load_lhu(uint64_t at);
uint64_t load_lw(uint64_t at);
uint64_t load_lwu(uint64_t at);
uint64_t load_ld(uint64_t at);
uint64_t load_lw_c(uint64_t at);
uint64_t load_ld_c(uint64_t at);
uint64_t load_lw_sp(uint64_t at);
uint64_t load_ld_sp(uint64_t at);
uint64_t load_offset(uint64_t at);
uint64_t load_negative(uint64_t at);
uint64_t load_across(uint64_t at);
void store_sb(uint64_t at, uint64_t value);
void store_sh(uint64_t at, uint64_t value);
void store_sw(uint64_t at, uint64_t value);
void store_sd(uint64_t at, uint64_t value);
void store_sw_c(uint64_t at, uint64_t value);
void store_sd_c(uint64_t at, uint64_t value);
void store_sw_sp(uint64_t at, uint64_t value);
void store_sd_sp(uint64_t at, uint64_t value);
void store_offset(uint64_t at, uint64_t value);

/* Not emulated: each is an access all the same. */
uint64_t load_reserved(uint64_t at);
uint64_t load_amo(uint64_t at);

/*
 * A byte from `at` by way of each of x1 to x31, and of x0; and back. They must all be the same;
 * returns the number of the first that is not, or 32. `value` is what `at` has, and is stored.
 */
uint64_t registers_load(uint64_t at, uint64_t value);
uint64_t registers_store(uint64_t at, uint64_t value);
