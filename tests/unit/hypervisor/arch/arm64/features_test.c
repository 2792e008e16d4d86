/* SPDX-License-Identifier: Apache-2.0 */
/* Which fields of which ID register a guest sees; names and places from DDI 0487 D19.2. */
#include "hypervisor/support.h"

#include "arch/arm64/features.h"

struct field {
    uint8_t crm, op2, shift;
    const char *name;
};

/* What must read as absent: EL2 does not give it to guests, or has no code for it. */
static const struct field hidden[] = {
    {4, 0, 8, "EL2"},         {4, 0, 12, "EL3"},          {4, 0, 28, "RAS"},
    {4, 0, 32, "SVE"},        {4, 0, 36, "SEL2"},         {4, 0, 40, "MPAM"},
    {4, 0, 44, "AMU"},        {4, 0, 52, "RME"},          {4, 1, 8, "MTE"},
    {4, 1, 12, "RAS_frac"},   {4, 1, 16, "MPAM_frac"},    {4, 1, 24, "SME"},
    {4, 1, 36, "NMI"},        {4, 1, 44, "GCS"},          {4, 1, 48, "THE"},
    {4, 1, 52, "MTEX"},       {5, 0, 4, "TraceVer"},      {5, 0, 32, "PMSVer"},
    {5, 0, 40, "TraceFilt"},  {5, 0, 44, "TraceBuffer"},  {5, 0, 52, "BRBE"},
    {6, 0, 24, "TME"},        {6, 1, 56, "XS"},           {6, 1, 60, "LS64"},
    {6, 2, 32, "SYSREG_128"}, {6, 2, 36, "SYSINSTR_128"}, {7, 0, 8, "BigEnd"},
    {7, 0, 16, "BigEndEL0"},  {7, 0, 56, "FGT"},          {7, 0, 60, "ECV"},
    {7, 1, 8, "VH"},          {7, 1, 16, "LO"},           {7, 1, 28, "XNX"},
    {7, 1, 32, "TWED"},       {7, 1, 40, "HCX"},          {7, 1, 52, "TIDCP1"},
    {7, 1, 56, "CMOW"},       {7, 2, 12, "IESB"},         {7, 2, 24, "NV"},
    {7, 2, 40, "FWB"},        {7, 2, 56, "EVT"},
};

/* What an ordinary guest needs, and gets as the core has it. */
static const struct field offered[] = {
    {4, 0, 4, "EL1"},      {4, 0, 16, "FP"},      {4, 0, 20, "AdvSIMD"},  {4, 0, 24, "GIC"},
    {4, 0, 48, "DIT"},     {4, 0, 60, "CSV3"},    {4, 1, 0, "BT"},        {4, 1, 4, "SSBS"},
    {5, 0, 12, "BRPs"},    {5, 0, 20, "WRPs"},    {5, 0, 28, "CTX_CMPs"}, {5, 0, 36, "DoubleLock"},
    {6, 0, 4, "AES"},      {6, 0, 8, "SHA1"},     {6, 0, 12, "SHA2"},     {6, 0, 16, "CRC32"},
    {6, 0, 20, "Atomic"},  {6, 0, 28, "RDM"},     {6, 0, 60, "RNDR"},     {6, 1, 0, "DPB"},
    {6, 1, 4, "APA"},      {6, 1, 8, "API"},      {6, 1, 20, "LRCPC"},    {6, 2, 0, "WFxT"},
    {6, 2, 12, "APA3"},    {6, 2, 16, "MOPS"},    {6, 2, 52, "CSSC"},     {7, 0, 4, "ASIDBits"},
    {7, 0, 20, "TGran16"}, {7, 0, 24, "TGran64"}, {7, 0, 28, "TGran4"},   {7, 1, 0, "HAFDBS"},
    {7, 1, 12, "HPDS"},    {7, 1, 20, "PAN"},     {7, 2, 0, "CnP"},       {7, 2, 4, "UAO"},
    {7, 2, 16, "VARange"}, {7, 2, 48, "TTL"},     {7, 2, 60, "E0PD"},
};

static uint64_t field_of(const struct field *field, uint64_t core) {
    return features_id_register(field->crm, field->op2, core << field->shift) >> field->shift & 0xf;
}

TEST(hides_what_is_not_virtualized) {
    for (unsigned i = 0; i < COUNT_OF(hidden); i++) {
        for (uint64_t value = 0; value < 16; value++) {
            if (field_of(&hidden[i], value) != 0)
                fail_msg("%s is offered", hidden[i].name);
        }
    }
}

TEST(offers_what_the_core_has) {
    for (unsigned i = 0; i < COUNT_OF(offered); i++) {
        for (uint64_t value = 0; value < 16; value++) {
            if (field_of(&offered[i], value) != value)
                fail_msg("%s = %u reads as another", offered[i].name, (unsigned)value);
        }
    }
}

TEST(caps_what_would_bring_more_registers) {
    const struct field debug = {5, 0, 0, ""}, pmu = {5, 0, 8, ""};
    const struct field parange = {7, 0, 0, ""}, csv2 = {4, 0, 56, ""}, el0 = {4, 0, 0, ""};

    for (uint64_t value = 0; value < 16; value++) {
        assert_int_equal(field_of(&parange, value), value < 2 ? value : 2); /* 40 bits */
        assert_int_equal(field_of(&csv2, value), value < 1 ? value : 1);    /* no SCXTNUM */
        assert_int_equal(field_of(&el0, value), value < 2 ? value : 2);
        assert_int_equal(field_of(&debug, value), value < 10 ? value : 10); /* no MDSELR_EL1 */
        /* PMUv3p5 at most; 15 is an implementation's own, which is none for a guest. */
        assert_int_equal(field_of(&pmu, value), value < 6 ? value : value < 15 ? 6 : 0);
    }
    /* A cap leaves the other fields alone. */
    assert_int_equal(features_id_register(7, 0, 0x1025), 0x1022);
}

TEST(never_adds_anything) {
    struct random random = {11};

    for (unsigned i = 0; i < 20000; i++) {
        unsigned crm = random_below(&random, 16), op2 = random_below(&random, 8);
        uint64_t core = random_next(&random);
        uint64_t seen = features_id_register(crm, op2, core);

        for (unsigned shift = 0; shift < 64; shift += 4)
            assert_true((seen >> shift & 0xf) <= (core >> shift & 0xf));
    }
}

TEST(unknown_registers_read_as_zero) {
    static const unsigned known[][2] = {{4, 0}, {4, 1}, {5, 0}, {6, 0}, {6, 1},
                                        {6, 2}, {7, 0}, {7, 1}, {7, 2}};

    for (unsigned crm = 0; crm < 16; crm++) {
        for (unsigned op2 = 0; op2 < 8; op2++) {
            uint64_t seen = features_id_register(crm, op2, UINT64_MAX);
            bool is_known = crm < 4; /* AArch32's: as they are */

            for (unsigned i = 0; i < COUNT_OF(known); i++)
                is_known = is_known || (known[i][0] == crm && known[i][1] == op2);
            assert_int_equal(seen != 0, is_known);
            if (crm < 4)
                assert_int_equal(seen, UINT64_MAX);
        }
    }
}
