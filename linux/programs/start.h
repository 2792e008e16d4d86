/* SPDX-License-Identifier: Apache-2.0 */
/*
 * start.h - a program without a C library, which would be most of it: where it starts, Linux's
 * system calls, of which both architectures have the same ones, and what a compiler calls unasked.
 * Included once, where the program's program_main() is.
 */
#pragma once

#include <asm/unistd.h>
#include <stddef.h>

static int program_main(int count, char **words);

static inline long system_call(long number, long a, long b, long c) {
#ifdef __riscv
    register long a7 __asm__("a7") = number;
    register long r0 __asm__("a0") = a;
    register long r1 __asm__("a1") = b;
    register long r2 __asm__("a2") = c;
    register long r3 __asm__("a3") = 0;
    register long r4 __asm__("a4") = 0;

    __asm__ volatile("ecall" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(a7) : "memory");
#else
    register long x8 __asm__("x8") = number;
    register long r0 __asm__("x0") = a;
    register long r1 __asm__("x1") = b;
    register long r2 __asm__("x2") = c;
    register long r3 __asm__("x3") = 0;
    register long r4 __asm__("x4") = 0;

    __asm__ volatile("svc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(x8) : "memory");
#endif
    return r0;
}

/* The stack begins with the count of the words of the command line, and they follow. */
__attribute__((used, noreturn)) static void program_start(long *stack) {
    long code = program_main((int)stack[0], (char **)(stack + 1));

    for (;;)
        system_call(__NR_exit_group, code, 0, 0);
}

__asm__(".globl _start\n_start:\n"
#ifdef __riscv
        "mv a0, sp\n\tandi sp, sp, -16\n\ttail program_start\n"
#else
        "mov x0, sp\n\tb program_start\n"
#endif
);

void *memset(void *to, int byte, size_t size);
void *memcpy(void *restrict to, const void *restrict from, size_t size);

void *memset(void *to, int byte, size_t size) {
    for (size_t i = 0; i < size; i++)
        ((volatile char *)to)[i] = (char)byte;
    return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    for (size_t i = 0; i < size; i++)
        ((volatile char *)to)[i] = ((const char *)from)[i];
    return to;
}
