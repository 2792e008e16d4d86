/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/show/svg.h"

#include <string.h>

#include "tool/base/utf8.h"
#include "tool/show/shown.h"

/* Okabe and Ito's colours, which people with any colour vision tell apart, and brown. */
static const char *const colours[SYSTEM_VMS_MAX] = {
    "#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#0072b2", "#a6761d",
};

/* A pattern over each colour, 8 by 8, tells them apart in black and white too. */
static const char *const patterns[SYSTEM_VMS_MAX] = {
    "",
    "M-2 2l4-4M0 8l8-8M6 10l4-4",
    "M2 2h2v2h-2zM6 6h2v2h-2z",
    "M0 4h8",
    "M-2 6l4 4M0 0l8 8M6-2l4 4",
    "M4 0v8",
    "M0 4h8M4 0v8",
    "M0 0l8 8M0 8l8-8",
};

static const char style[] =
    "<style>\n"
    "text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',"
    "'Liberation Mono',monospace;fill:#1b1f24}\n"
    ".strong{font-weight:700}\n"
    ".faint{fill:#57606a}\n"
    ".page{fill:#fff}\n"
    ".box{fill:#fff;stroke:#8c959f}\n"
    ".wall{fill:none;stroke:#24292f;stroke-width:2}\n"
    ".line{fill:none;stroke:#8c959f}\n"
    ".over{stroke:#1b1f24;stroke-opacity:.55;stroke-width:1.2;fill:none}\n"
    ".own{fill:#57606a}\n"
    ".other{fill:#d0d7de}\n"
    ".edge{fill:none;stroke:#1b1f24;stroke-width:.6}\n"
    "@media screen and (prefers-color-scheme:dark){\n"
    "text{fill:#e6edf3}\n"
    ".faint{fill:#9ea7b3}\n"
    ".page{fill:#0d1117}\n"
    ".box{fill:#161b22;stroke:#6e7681}\n"
    ".wall{stroke:#c9d1d9}\n"
    ".line{stroke:#6e7681}\n"
    ".own{fill:#b1bac4}\n"
    ".other{fill:#30363d}\n"
    ".edge{stroke:#c9d1d9}\n"
    "}\n"
    "</style>\n";

void svg_escape(FILE *stream, const char *text) {
    size_t size = strlen(text);

    for (size_t at = 0, length; at < size; at += length) {
        uint32_t character = utf8_next(text + at, size - at, &length);

        if (character == UTF8_WRONG || !utf8_is_printed(character))
            fputs("\xef\xbf\xbd", stream); /* U+FFFD */
        else if (strchr("&<>\"'", (int)(character < 0x80 ? character : 'a')) != NULL)
            fprintf(stream, "&#%u;", (unsigned)character);
        else
            fwrite(text + at, 1, length, stream);
    }
}

/* A fixed-width font's letters are at most 0.62 of its size wide. */
unsigned svg_width(const char *text, enum svg_size size) {
    size_t bytes = strlen(text);
    unsigned columns = 0;

    for (size_t at = 0, length; at < bytes; at += length) {
        uint32_t character = utf8_next(text + at, bytes - at, &length);

        /* A font may lack it, and have another one's letter in its place, which is wider. */
        columns += character < 0x80 ? 1 : 2;
    }
    return (columns * (unsigned)size * 62 + 99) / 100;
}

static void define_patterns(FILE *stream) {
    fputs("<defs>\n", stream);
    for (unsigned i = 0; i < SYSTEM_VMS_MAX; i++) {
        fprintf(stream,
                "<pattern id=\"bulkhead-%u\" width=\"8\" height=\"8\" "
                "patternUnits=\"userSpaceOnUse\">"
                "<rect width=\"8\" height=\"8\" fill=\"%s\"/><path class=\"over\" d=\"%s\"/>"
                "</pattern>\n",
                i, colours[i], patterns[i]);
    }
    fputs("</defs>\n", stream);
}

void svg_begin(FILE *stream, unsigned width, unsigned height, const char *title, const char *text) {
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" "
            "viewBox=\"0 0 %u %u\" role=\"img\" "
            "aria-labelledby=\"bulkhead-title bulkhead-text\">\n<title id=\"bulkhead-title\">",
            width, height, width, height);
    svg_escape(stream, title);
    fputs("</title>\n<desc id=\"bulkhead-text\">", stream);
    svg_escape(stream, text);
    fputs("</desc>\n", stream);
    fputs(style, stream);
    define_patterns(stream);
    fprintf(stream, "<rect class=\"page\" width=\"%u\" height=\"%u\"/>\n", width, height);
}

void svg_end(FILE *stream) {
    fputs("</svg>\n", stream);
}

void svg_text(FILE *stream, unsigned x, unsigned y, enum svg_size size, unsigned how,
              const char *text) {
    fprintf(stream, "<text x=\"%u\" y=\"%u\" font-size=\"%u\"%s%s>", x, y, (unsigned)size,
            how & SVG_STRONG  ? " class=\"strong\""
            : how & SVG_FAINT ? " class=\"faint\""
                              : "",
            how & SVG_ENDS ? " text-anchor=\"end\"" : "");
    svg_escape(stream, text);
    fputs("</text>\n", stream);
}

void svg_filled(FILE *stream, double x, double y, double width, double height, uint32_t owner,
                const char *tip) {
    fprintf(stream, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" ", x, y, width,
            height);
    if (owner < SYSTEM_VMS_MAX)
        fprintf(stream, "fill=\"url(#bulkhead-%u)\"", (unsigned)owner);
    else
        fprintf(stream, "class=\"%s\"",
                owner == SHOWN_BULKHEAD   ? "own"
                : owner == SHOWN_RESERVED ? "other"
                                          : "page");
    fputs("><title>", stream);
    svg_escape(stream, tip);
    fputs("</title></rect>\n", stream);
}
