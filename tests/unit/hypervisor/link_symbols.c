/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link_symbols.c - what the linker script gives the hypervisor: a first page, two
 * pages more of text, one of constants, one that nothing is mapped at, three of private data, in a
 * block of 2 MiB as the real one is.
 */
__asm__(".pushsection .bss.link_image, \"aw\", @nobits\n"
        ".balign 0x200000\n"
        ".globl link_text_start, link_const_start, link_const_end, link_private_start\n"
        ".globl link_private_end\n"
        "link_text_start: .skip 0x3000\n"
        "link_const_start: .skip 0x1000\n"
        "link_const_end: .skip 0x1000\n"
        "link_private_start: .skip 0x3000\n"
        "link_private_end: .skip 0x1000\n"
        ".popsection\n");

/* C knows nothing of the lines above: a translation unit may not be empty. */
extern unsigned char link_text_start[];
