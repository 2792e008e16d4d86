/* SPDX-License-Identifier: Apache-2.0 */
#include "tool/board/board_file.h"

/* A paragraph for each key. */
/* clang-format off */

#define AT(field) offsetof(struct tree_file, field)
static const struct key tree_keys[] = {
    {"file", TYPE_PATH, KEY_REQUIRED, AT(file),
     .text = "the device tree blob",
     .example = "board.dtb",
     .also = "blob|dtb"},
    {"overlay", TYPE_PATH, KEY_OPTIONAL, AT(overlay),
     .text = "corrections to the tree: an overlay, as source (.dtso) or as a blob (.dtbo)",
     .fallback_text = "none",
     .example = "board.dtso"},
    {"sha256", TYPE_DIGEST, KEY_OPTIONAL, AT(sha256),
     .text = "the blob's SHA-256, which is compared",
     .fallback_text = "any blob is taken",
     .example = "3b2179ac0f09f4ee264e5977543d5f972d4a7c7023ccf52bda618301ff4cce5a",
     .also = "hash|digest|checksum"},
    {"from", TYPE_WORD, KEY_OPTIONAL, AT(from),
     .text = "where it came from, for people",
     .fallback_text = "nothing is said",
     .example = "\"QEMU 10.0 virt\""},
};
#undef AT
static const struct schema tree_schema = {
    SCHEMA("tree", "file", tree_keys, struct tree_file)};

#define AT(field) offsetof(struct reserve_file, field)
static const struct key reserve_keys[] = {
    {"phys", TYPE_ADDRESS, KEY_REQUIRED, AT(phys),
     .text = "where it is in the machine",
     .example = "0x7ff0_0000",
     .also = "at|address|base"},
    {"size", TYPE_SIZE, KEY_REQUIRED, AT(size),
     .text = "how much",
     .example = "1 MiB",
     .also = "length|len",
     .positive = true},
    {"for", TYPE_WORD, KEY_OPTIONAL, AT(purpose),
     .text = "for whom, in messages",
     .fallback = "firmware",
     .example = "\"U-Boot\""},
};
#undef AT
static const struct schema reserve_schema = {
    SCHEMA("reserve", NULL, reserve_keys, struct reserve_file)};

#define AT(field) offsetof(struct board_file, field)
static const struct key board_keys[] = {
    {"board", TYPE_INTEGER, KEY_REQUIRED, AT(version),
     .choices = "1",
     .text = "the version of this format: 1",
     .example = "1",
     .also = "version|format"},
    {"arch", TYPE_WORD, KEY_REQUIRED, AT(arch),
     .choices = "arm64|riscv64",
     .text = "the architecture",
     .example = "arm64",
     .also = "architecture"},
    {"tree", TYPE_MAP, KEY_REQUIRED, AT(tree), .schema = &tree_schema,
     .text = "its device tree",
     .example = "board.dtb",
     .also = "dtb|fdt|device-tree"},
    {"names", TYPE_PAIRS, KEY_OPTIONAL, AT(names),
     .text = "names for devices",
     .fallback_text = "none",
     .example = "{ gem3: ethernet@ff0e0000 }",
     .also = "aliases"},
    {"reserve", TYPE_MAPS, KEY_OPTIONAL, AT(reserve), .schema = &reserve_schema,
     .text = "RAM that the tree omits but firmware uses",
     .fallback_text = "none",
     .example = "[ { phys: 0x7ff0_0000, size: 1 MiB, for: \"U-Boot\" } ]",
     .also = "reserved|firmware"},
    {"no-dma", TYPE_WORDS, KEY_OPTIONAL, AT(no_dma),
     .text = "compatible strings of devices that are no bus masters",
     .fallback_text = "each device counts as one",
     .example = "[ \"arm,pl011\", \"arm,pl031\" ]"},
    {"home", TYPE_ADDRESS, KEY_REQUIRED, AT(home),
     .text = "where Bulkhead and its payloads live",
     .example = "0x7e00_0000",
     .also = "base|load|address"},
    {"qemu", TYPE_WORDS, KEY_OPTIONAL, AT(qemu),
     .text = "arguments that make QEMU this board",
     .fallback_text = "it cannot be run in QEMU",
     .example = "[ -machine, \"virt,gic-version=3\", -m, 2G ]"},
};
#undef AT
static const struct schema file_schema = {
    SCHEMA("a board", NULL, board_keys, struct board_file)};

/* clang-format on */

const struct schema *board_schema(void) {
    return &file_schema;
}
