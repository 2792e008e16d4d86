# SPDX-License-Identifier: Apache-2.0
# Fuzzing of all that reads what others wrote: libFuzzer by Clang, under ASan and UBSan.
#
# make fuzz RUNS=10000000 JOBS=2 executes all targets so often, or those of FUZZ='tree image'.
# make fuzz-test is short: what was found once, the seeds, and a few runs with fixed random numbers.
# A target is tests/fuzz/TARGET_fuzz.c, with TARGET_mutator.c or another's if it has one.

FUZZ_BUILD := $(BUILD)/fuzz
FUZZ_CC ?= clang
FUZZ_FLAGS := $(TOOL_DEFINES) -Ihypervisor/arch/include -O1 -g1 -fno-omit-frame-pointer \
	-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all $(WARNINGS)
FUZZ_TARGETS := description board tree patch image manifest chosen $(ARCHES:%=system-%)
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(FUZZ_BUILD)/%.fuzz)
# The tool, but its files are in memory, and no dtc is run.
FUZZ_COMMON := $(filter-out tool/base/file.c tool/tree/dtc.c,$(TOOL_SOURCES)) \
	tests/fuzz/fuzz.c tests/fuzz/fuzz_show.c

# Folder, sources, more flags.
define fuzz_compile
FUZZ_OBJECTS_$(1) := $$(patsubst %.c,$$(FUZZ_BUILD)/$(1)/%.o,$(2))

$$(FUZZ_OBJECTS_$(1)): $$(FUZZ_BUILD)/$(1)/%.o: %.c make/fuzz.mk
	@mkdir -p $$(@D)
	$$(Q)$$(FUZZ_CC) $$(FUZZ_FLAGS) $(3) -MMD -MP -c -o $$@ $$<

-include $$(FUZZ_OBJECTS_$(1):.o=.d)
endef
FUZZ_MUTATOR_patch := tree
FUZZ_MUTATOR_chosen := tree
FUZZ_PRODUCT_chosen := hypervisor/boot/chosen.c
fuzz_sources = $(FUZZ_PRODUCT_$(1)) $(wildcard tests/fuzz/$(1)_fuzz.c \
	tests/fuzz/$(or $(FUZZ_MUTATOR_$(1)),$(1))_mutator.c)
$(eval $(call fuzz_compile,common,$(FUZZ_COMMON)))
$(foreach target,$(filter-out system-%,$(FUZZ_TARGETS)),\
	$(eval $(call fuzz_compile,$(target),$(call fuzz_sources,$(target)))))
# And what the hypervisor makes of a system, as one architecture has it.
$(foreach arch,$(ARCHES),$(eval $(call fuzz_compile,system-$(arch),$(call fuzz_sources,system) \
	$(addprefix hypervisor/mem/,guest_space.c page_pool.c page_table.c) \
	hypervisor/arch/$(arch)/page_table.c,-Ihypervisor/arch/$(arch)/include)))

# Compared values lead the fuzzer on; in these loops there is nothing to learn, and much to write down.
$(addprefix $(FUZZ_BUILD)/common/,tool/base/crc32c.o tool/tree/tree.o): \
	FUZZ_FLAGS += -fno-sanitize-coverage=trace-cmp

$(FUZZ_BUILD)/common.a: $(FUZZ_OBJECTS_common)
	$(Q)rm -f $@ && ar rcs $@ $^

.SECONDEXPANSION:
$(FUZZ_PROGRAMS): $(FUZZ_BUILD)/%.fuzz: $$(FUZZ_OBJECTS_$$*) $(FUZZ_BUILD)/common.a
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(TOOL_LIBS)

# ---- running --------------------------------------------------------------------------------------

# Made again when what they are made of changes.
$(FUZZ_BUILD)/seeds/.made: $(BUILD)/bulkhead tests/fuzz/seeds.py \
		$(wildcard tests/config/fixtures/*.py tests/config/odd.py tests/config/base.yaml \
		tests/config/*/*.yaml tests/fuzz/trees/*.dts)
	$(Q)$(PYTHON) tests/fuzz/seeds.py --bulkhead $(BUILD)/bulkhead $(FUZZ_BUILD)
	$(Q)touch $@

.PHONY: fuzz fuzz-test fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS) $(FUZZ_BUILD)/seeds/.made

RUNS ?= 10000000
fuzz: setup
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) fuzz-programs
	$(Q)$(PYTHON) tests/fuzz/run.py --runs $(RUNS) --jobs $(JOBS) $(FUZZ_BUILD) $(FUZZ)

fuzz-test: setup
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) fuzz-programs
	$(Q)$(PYTHON) tests/fuzz/run.py --short --jobs $(JOBS) $(FUZZ_BUILD) $(FUZZ)
