/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/base/gzip.h"

#include <stdint.h>
#include <string.h>

#include <zlib.h>

bool gzip_is(const unsigned char *bytes, size_t size) {
    return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

bool gzip_unpack(struct gzip *gzip, const unsigned char *bytes, size_t size, size_t most,
                 struct arena *arena) {
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size};
    size_t room = size < most / 8 ? size * 4 + 4096 : most;
    unsigned char *unpacked = arena_alloc(arena, room);
    int result = inflateInit2(&stream, 15 + 16);

    while (result == Z_OK) {
        stream.next_out = unpacked + stream.total_out;
        stream.avail_out = (uInt)(room - stream.total_out);
        result = inflate(&stream, Z_NO_FLUSH);
        if (stream.total_out != room)
            continue;
        if (room == most)
            break;
        room = room * 2 < most ? room * 2 : most;
        unpacked = memcpy(arena_alloc(arena, room), unpacked, stream.total_out);
    }
    *gzip = (struct gzip){unpacked, stream.total_out, stream.total_in};
    inflateEnd(&stream);
    return result == Z_STREAM_END;
}
