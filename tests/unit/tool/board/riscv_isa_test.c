/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a hart has by its tree, and what a guest is told of it.
 */
#include "tests/unit/test.h"

#include "abi/system_image.h"
#include "tests/unit/tool/trees.h"
#include "tool/board/riscv_isa.h"

static struct arena arena;

AFTER_EACH(free_arena) {
    arena_free(&arena);
}

/* A tree whose root is a hart, with what is not NULL. */
static const struct tree_node *hart(const char *string, const char *base, const void *list,
                                    size_t size) {
    void *tree = arena_alloc(&arena, 4096);

    fdt_create(tree, 4096);
    fdt_finish_reservemap(tree);
    fdt_begin_node(tree, "");
    if (string != NULL)
        fdt_property(tree, "riscv,isa", string, (int)strlen(string) + 1);
    if (base != NULL)
        fdt_property(tree, "riscv,isa-base", base, (int)strlen(base) + 1);
    if (list != NULL)
        fdt_property(tree, "riscv,isa-extensions", list, (int)size);
    fdt_end_node(tree);
    assert_int_equal(fdt_finish(tree), 0);
    return read_tree(tree, &arena)->root;
}

static const char *parsed(const char *string) {
    struct riscv_isa isa;

    riscv_isa_read(&isa, hart(string, NULL, NULL, 0), &arena);
    return riscv_isa_string(&isa, &arena);
}

TEST(test_strings) {
    assert_string_equal(parsed("rv64imac"), "rv64imac");
    assert_string_equal(parsed("rv64imafdch_zicsr_sstc"), "rv64imafdch_zicsr_sstc");
    assert_string_equal(parsed("rv64gc"), "rv64imafdc_zicsr_zifencei");
    assert_string_equal(parsed("RV64IMA_Zicsr"), "rv64ima_zicsr");
    assert_string_equal(parsed("rv64i2p1m2p0a2_zicsr"), "rv64ima_zicsr");
    assert_string_equal(parsed("rv64imaczicsr_svpbmt"), "rv64imac_zicsr_svpbmt");
    assert_string_equal(parsed("rv64imafdcsu"), "rv64imafdcsu");
    assert_string_equal(parsed("rv64ima__zicsr_"), "rv64ima_zicsr");
    assert_string_equal(parsed("rv64"), "rv64");
    assert_string_equal(parsed("rv32imac"), "rv64"); /* nothing */
    assert_string_equal(parsed(""), "rv64");
}

/* The list is the newer property; it needs its base. */
TEST(test_lists) {
    static const char list[] = "i\0m\0h\0sstc";
    struct riscv_isa isa;

    riscv_isa_read(&isa, hart("rv64ima", "rv64i", list, sizeof(list)), &arena);
    assert_string_equal(riscv_isa_string(&isa, &arena), "rv64imh_sstc");
    assert_true(riscv_isa_has(&isa, "h"));
    assert_false(riscv_isa_has(&isa, "a"));
    riscv_isa_read(&isa, hart("rv64ima", NULL, list, sizeof(list)), &arena);
    assert_string_equal(riscv_isa_string(&isa, &arena), "rv64ima");
    riscv_isa_read(&isa, hart(NULL, "rv32i", list, sizeof(list)), &arena);
    assert_int_equal(isa.count, 0);
}

TEST(test_far_too_many) {
    char string[2050];
    char list[2 * 257];
    struct riscv_isa isa;

    memset(string, 'i', sizeof(string));
    memcpy(string, "rv64", 4);
    string[2048] = '\0';
    riscv_isa_read(&isa, hart(string, NULL, NULL, 0), &arena);
    assert_int_equal(isa.count, 2044);
    string[2048] = 'i';
    string[2049] = '\0';
    riscv_isa_read(&isa, hart(string, NULL, NULL, 0), &arena);
    assert_int_equal(isa.count, 0);
    for (size_t i = 0; i < sizeof(list); i++)
        list[i] = i % 2 == 0 ? 'h' : '\0';
    riscv_isa_read(&isa, hart("rv64ima", "rv64i", list, sizeof(list) - 2), &arena);
    assert_int_equal(isa.count, 256);
    riscv_isa_read(&isa, hart("rv64ima", "rv64i", list, sizeof(list)), &arena);
    assert_int_equal(isa.count, 0);
}

static uint32_t features(const char *string) {
    struct riscv_isa isa;

    riscv_isa_read(&isa, hart(string, NULL, NULL, 0), &arena);
    return riscv_isa_features(&isa);
}

TEST(test_features) {
    assert_int_equal(features("rv64imach"), 0);
    assert_int_equal(features("rv64imafdcv_zicbom_zicboz_sstc_svpbmt_svadu"),
                     SYSTEM_ISA_ALL & ~(SYSTEM_ISA_SV48 | SYSTEM_ISA_SV57));
    assert_int_equal(features("rv64ima_sstc"), SYSTEM_ISA_SSTC);
    assert_int_equal(features("rv64ima_svade_svadu"), 0); /* it could not choose */
}

TEST(test_mmu) {
    static const char *const types[] = {"riscv,sv39", "riscv,sv48", "riscv,sv57"};
    static const uint32_t expected[] = {0, SYSTEM_ISA_SV48, SYSTEM_ISA_SV48 | SYSTEM_ISA_SV57};

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(riscv_isa_mmu_features(types[i]), expected[i]);
        assert_string_equal(riscv_isa_mmu_type(expected[i] | SYSTEM_ISA_SSTC), types[i]);
    }
    assert_int_equal(riscv_isa_mmu_features(NULL), 0);
    assert_int_equal(riscv_isa_mmu_features("riscv,sv64"),
                     0); /* what it has besides we don't know */
}

static const char *for_guest(const char *string, uint32_t board, bool aia) {
    struct riscv_isa isa;
    struct riscv_isa guest;

    riscv_isa_read(&isa, hart(string, NULL, NULL, 0), &arena);
    riscv_isa_for_guest(&guest, &isa, board, aia, &arena);
    return riscv_isa_string(&guest, &arena);
}

TEST(test_for_guest) {
    static const char all[] =
        "rv64imafdcvh_zcmt_zicbom_zicboz_zicfilp_zicfiss_zicsr_zk_zkr_zkt_zve64x_"
        "sha_shtvala_smaia_smstateen_ssaia_ssccptr_sscofpmf_ssdbltrp_ssnpm_sspm_"
        "ssstateen_sstc_ssu64xl_supm_sdtrig_svadu_svinval_svnapot_svpbmt";

    assert_string_equal(for_guest(all, SYSTEM_ISA_ALL, true),
                        "rv64imafdcv_zicbom_zicboz_zicsr_zkt_zve64x_ssaia_ssccptr_sstc_ssu64xl_"
                        "svadu_svinval_svnapot_svpbmt");
    assert_string_equal(for_guest(all, SYSTEM_ISA_ALL, false),
                        "rv64imafdcv_zicbom_zicboz_zicsr_zkt_zve64x_ssccptr_sstc_ssu64xl_svadu_"
                        "svinval_svnapot_svpbmt");
    /* What another of the board's harts lacks. */
    assert_string_equal(for_guest(all, 0, false),
                        "rv64imac_zicsr_zkt_ssccptr_ssu64xl_svinval_svnapot");
    assert_string_equal(for_guest(all, SYSTEM_ISA_FLOAT, false),
                        "rv64imafdc_zicsr_zkt_ssccptr_ssu64xl_svinval_svnapot");
}
