# SPDX-License-Identifier: Apache-2.0
# Unit tests natively, system tests in QEMU, and both under one count.

JOBS ?= $(shell nproc)
PYTHON ?= python3
comma := ,
export PYTHONDONTWRITEBYTECODE := 1

# ---- unit tests: all pure code of hypervisor and tool, under ASan and UBSan, by two compilers ----

UNIT_BUILD := $(BUILD)/tests/unit
UNIT_COMPILERS ?= gcc clang
UNIT_INCLUDES := -I. -Ihypervisor -Ihypervisor/arch/include -Ihypervisor/arch/arm64/include \
	-iquote tool -Itests/unit -I$(BUILD)/tool
UNIT_FLAGS := -std=c11 -O0 -g1 -D_GNU_SOURCE -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all $(WARNINGS) $(UNIT_INCLUDES)
# A test may do what product code may not: unused parameters of cmocka's state, say.
UNIT_TEST_FLAGS := -Wno-unused-parameter -Wno-missing-prototypes
# Some sixty programs are linked twice: by the faster linker, where there is one.
UNIT_LD := $(if $(shell command -v ld.gold),-fuse-ld=gold)
UNIT_LIBS = -lcmocka $(TOOL_LIBS)

UNIT_PRODUCT := $(sort $(shell find hypervisor -name '*.c' ! -name '*_hw.c' \
	! -path 'hypervisor/boot/*' ! -path 'hypervisor/drivers/*' 2>/dev/null) \
	$(shell find tool -name '*.c' ! -name main.c 2>/dev/null))
UNIT_HELPERS := $(sort $(shell find tests/unit -name '*.c' ! -name '*_test.c' 2>/dev/null))
UNIT_TESTS := $(sort $(shell find tests/unit -name '*_test.c' 2>/dev/null))

# The hypervisor's own memcpy and its like must not take the place of the C library's in a program
# that runs under a sanitizer; in its own test they go by another name.
UNIT_RENAME := $(foreach f,memcpy memmove memset memcmp strlen strcmp strncmp,-D$(f)=tested_$(f))
UNIT_RENAMED := hypervisor/lib/string.o tests/unit/lib/string_test.o tests/unit/string_test.o \
	tests/unit/hypervisor/lib/string_test.o

define unit_compiler
UNIT_OBJECTS_$(1) := $$(UNIT_PRODUCT:%.c=$$(UNIT_BUILD)/$(1)/%.o) \
	$$(UNIT_HELPERS:%.c=$$(UNIT_BUILD)/$(1)/%.o)
UNIT_BINARIES_$(1) := $$(UNIT_TESTS:%.c=$$(UNIT_BUILD)/$(1)/%)

$$(UNIT_BUILD)/$(1)/product.a: $$(UNIT_OBJECTS_$(1))
	$$(Q)rm -f $$@ && ar rcs $$@ $$^

$$(UNIT_BUILD)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(Q)$(1) $$(UNIT_FLAGS) $$(if $$(filter tests/%,$$<),$$(UNIT_TEST_FLAGS)) \
		$$(if $$(filter $$(UNIT_RENAMED),$$(<:.c=.o)),$$(UNIT_RENAME) -fno-builtin) \
		-MMD -MP -c -o $$@ $$<

$$(UNIT_BINARIES_$(1)): $$(UNIT_BUILD)/$(1)/%: $$(UNIT_BUILD)/$(1)/%.o $$(UNIT_BUILD)/$(1)/product.a
	$$(Q)$(1) -fsanitize=address,undefined $(UNIT_LD) -o $$@ $$^ $$(UNIT_LIBS)

.PRECIOUS: $$(UNIT_BUILD)/$(1)/%.o
-include $$(UNIT_OBJECTS_$(1):.o=.d) $$(UNIT_BINARIES_$(1):=.d)
endef
ifneq ($(filter unit-% check-%,$(MAKECMDGOALS)),)
$(foreach compiler,$(UNIT_COMPILERS),$(eval $(call unit_compiler,$(compiler))))
endif

.PHONY: unit-test unit-binaries terminal-test pace-test gdb-test system-test test
unit-binaries: $(foreach compiler,$(UNIT_COMPILERS),$(UNIT_BINARIES_$(compiler)))

unit-test: setup
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) unit-binaries
	$(Q)$(PYTHON) tests/run_unit.py --jobs $(JOBS) \
		--python tests/system/test_runner.py \
		--python tests/system/test_demo.py --python scripts/check/test_check.py \
		$(foreach compiler,$(UNIT_COMPILERS),$(UNIT_TESTS:%.c=$(UNIT_BUILD)/$(compiler)/%))

# ---- the interactive console: on a terminal of its own, with a machine that is acted --------------

terminal-test: hypervisor guests tool
	$(Q)$(PYTHON) tests/terminal/terminal_test.py --bulkhead $(BUILD)/bulkhead

# The clock of interactive runs, on the real thing: exact, and no faster than real time.
pace-test: hypervisor guests tool
	$(Q)$(PYTHON) tests/terminal/pace_test.py --build $(BUILD)

# ---- system tests -------------------------------------------------------------------------------

# make system-test T='hello* faults' runs some of them; T=--list tells what there is.
system-test: setup hypervisor guests tool
	$(Q)$(PYTHON) tests/system/run.py --build $(BUILD) --board $(BOARD) -j$(JOBS) $(T)

# `make gdb` stops in the hypervisor's main; where there is no debugger nothing is tested.
GDB_FOUND := $(shell command -v gdb-multiarch || command -v aarch64-linux-gnu-gdb)
gdb-test: hypervisor guests tool
	$(Q)$(if $(GDB_FOUND),$(PYTHON) scripts/gdb.py --build $(BUILD) --board $(BOARD) \
		tests/system/hello-1/system.yaml && echo '1 passed$(comma) 0 failed',\
		echo 'skipped: no gdb-multiarch is installed')

# ---- all of them ----------------------------------------------------------------------------------

test:
	$(Q)$(PYTHON) scripts/suites.py --make "$(MAKE)" setup unit-test config-test terminal-test \
		pace-test gdb-test system-test
