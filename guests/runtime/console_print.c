/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/console.h"

#include "runtime/format.h"

#include <stdarg.h>

void console_put(char character) {
    while (!console_try_put(character)) {
    }
}

void console_print(const char *format, ...) {
    char text[256];
    va_list arguments;

    va_start(arguments, format);
    format_text_list(text, sizeof text, format, arguments);
    va_end(arguments);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\n')
            console_put('\r');
        console_put(*at);
    }
}
