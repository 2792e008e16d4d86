/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/console/console_out.h"

#include <stdlib.h>

#include "tool/base/exit_code.h"

FILE *console_out_open(char **bytes, size_t *size) {
    FILE *out = open_memstream(bytes, size);

    if (out == NULL) {
        fputs("bulkhead: out of memory\n", stderr);
        exit(EXIT_CODE_SYSTEM);
    }
    return out;
}

void console_out_character(FILE *out, uint32_t code, bool utf8) {
    static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
    unsigned more = !utf8 || code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;

    if (!utf8 && code >= 0x100)
        code = '?';
    fputc((int)(leads[more] | code >> 6 * more), out);
    while (more-- > 0)
        fputc((int)(0x80 | (code >> 6 * more & 0x3f)), out);
}
