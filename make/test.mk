# SPDX-License-Identifier: Apache-2.0
# Unit tests natively, system tests in QEMU, and both under one count.

JOBS ?= $(shell nproc)
# Debian's own, which has the modules that set-up installs, and not the first one in $PATH.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
comma := ,
export PYTHONDONTWRITEBYTECODE := 1

# ---- unit tests: all pure code of hypervisor and tool, under ASan and UBSan, by two compilers ----
#
# What is one for all architectures (the tool, config/, lib/) is compiled once. All else of the
# hypervisor is compiled once for each architecture, against that one's include folder: a program
# is linked with one of the two. Each test runs for the architecture that its file is compiled for
# in the hypervisor, or if for all, for the first; the tests of UNIT_EACH run for each.

UNIT_BUILD := $(BUILD)/tests/unit
UNIT_COMPILERS ?= gcc $(if $(QUICK),,clang)
UNIT_INCLUDES := -I. -Ihypervisor -Ihypervisor/arch/include -iquote tool -Itests/unit -I$(BUILD)/tool
UNIT_FLAGS := -std=c11 -O0 -g1 -D_GNU_SOURCE -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all $(WARNINGS) $(UNIT_INCLUDES)
# A test may do what product code may not: unused parameters of a fake, say.
UNIT_TEST_FLAGS := -Wno-unused-parameter -Wno-missing-prototypes
# Many programs are linked: by the faster linker, where there is one and the compiler agrees with it.
UNIT_LD_gcc := $(if $(shell command -v ld.gold),-fuse-ld=gold)
UNIT_LIBS = -lcmocka $(TOOL_LIBS)

UNIT_EACH := $(wildcard tests/unit/hypervisor/mem/*_test.c)
UNIT_ALL := $(sort $(shell find tests/unit -name '*.c'))
UNIT_TESTS := $(filter %_test.c,$(UNIT_ALL))
UNIT_COMMON := $(shell find tool -name '*.c' ! -name main.c) linux/programs/ctl.c \
	$(filter hypervisor/config/% hypervisor/lib/%,$(HV_CORE)) \
	$(filter-out %_test.c tests/unit/hypervisor/%,$(UNIT_ALL))
# Without what touches hardware. arch/host is the contract without any.
UNIT_HV := $(filter-out %_hw.c hypervisor/boot/% hypervisor/drivers/% $(UNIT_COMMON),$(HV_CORE)) \
	$(shell find hypervisor/arch -name '*.c' ! -name '*_hw.c') \
	$(filter-out %_test.c,$(filter tests/unit/hypervisor/%,$(UNIT_ALL)))
# All that is not this architecture's: files by HV_OTHERS, their tests, folders of arch/.
UNIT_OTHERS_arm64 := $(HV_OTHERS_arm64) $(HV_OTHERS_arm64:.c=_test.c) \
	hypervisor/arch/riscv64/% tests/unit/hypervisor/arch/riscv64/%
UNIT_OTHERS_riscv64 := $(HV_OTHERS_riscv64) $(HV_OTHERS_riscv64:.c=_test.c) \
	hypervisor/arch/arm64/% tests/unit/hypervisor/arch/arm64/%
UNIT_TESTS_arm64 := $(filter-out $(UNIT_OTHERS_arm64),$(UNIT_TESTS))
UNIT_TESTS_riscv64 := $(filter-out $(UNIT_OTHERS_riscv64),\
	$(filter-out $(UNIT_TESTS_arm64),$(UNIT_TESTS)) $(UNIT_EACH))

# The hypervisor's own memcpy and its like must not take the place of the C library's in a program
# that runs under a sanitizer; in its own test they go by another name.
UNIT_RENAME := $(foreach f,memcpy memmove memset memcmp strlen strcmp strncmp,-D$(f)=tested_$(f))
UNIT_RENAMED := hypervisor/lib/string.o tests/unit/hypervisor/lib/string_test.o

# What both kinds of objects are made with: compiler, source.
unit_compile = $(1) $(UNIT_FLAGS) $(if $(filter tests/%,$(2)),$(UNIT_TEST_FLAGS)) \
	$(if $(filter $(UNIT_RENAMED),$(2:.c=.o)),$(UNIT_RENAME) -fno-builtin) -MMD -MP

define unit_compiler
UNIT_OBJECTS_$(1) := $$(UNIT_COMMON:%.c=$$(UNIT_BUILD)/$(1)/%.o)

$$(UNIT_BUILD)/$(1)/common.a: $$(UNIT_OBJECTS_$(1))
	$$(Q)rm -f $$@ && ar rcs $$@ $$^

$$(UNIT_OBJECTS_$(1)): $$(UNIT_BUILD)/$(1)/%.o: %.c
	@mkdir -p $$(@D)
	$$(Q)$$(call unit_compile,$(1),$$<) -c -o $$@ $$<

-include $$(UNIT_OBJECTS_$(1):.o=.d)
endef

# Compiler, architecture.
define unit_arch
UNIT_OUT_$(1)_$(2) := $$(UNIT_BUILD)/$(1)-$(2)
UNIT_OBJECTS_$(1)_$(2) := $$(patsubst %.c,$$(UNIT_OUT_$(1)_$(2))/%.o,\
	$$(filter-out $$(UNIT_OTHERS_$(2)),$$(UNIT_HV)))
UNIT_BINARIES_$(1)_$(2) := $$(UNIT_TESTS_$(2):%.c=$$(UNIT_OUT_$(1)_$(2))/%)
UNIT_BINARIES += $$(UNIT_BINARIES_$(1)_$(2))

$$(UNIT_OUT_$(1)_$(2))/product.a: $$(UNIT_OBJECTS_$(1)_$(2))
	$$(Q)rm -f $$@ && ar rcs $$@ $$^

$$(UNIT_OUT_$(1)_$(2))/%.o: %.c
	@mkdir -p $$(@D)
	$$(Q)$$(call unit_compile,$(1),$$<) -Ihypervisor/arch/$(2)/include -c -o $$@ $$<

$$(UNIT_BINARIES_$(1)_$(2)): $$(UNIT_OUT_$(1)_$(2))/%: $$(UNIT_OUT_$(1)_$(2))/%.o \
		$$(UNIT_OUT_$(1)_$(2))/product.a $$(UNIT_BUILD)/$(1)/common.a
	$$(Q)$(1) -fsanitize=address,undefined $(UNIT_LD_$(1)) -o $$@ $$^ $$(UNIT_LIBS)

.PRECIOUS: $$(UNIT_OUT_$(1)_$(2))/%.o
-include $$(UNIT_OBJECTS_$(1)_$(2):.o=.d) $$(UNIT_BINARIES_$(1)_$(2):=.d)
endef
ifneq ($(filter unit-% check-%,$(MAKECMDGOALS)),)
$(foreach compiler,$(UNIT_COMPILERS),$(eval $(call unit_compiler,$(compiler))) \
	$(foreach arch,$(ARCHES),$(eval $(call unit_arch,$(compiler),$(arch)))))
endif

.PHONY: unit-test unit-binaries terminal-test pace-test gdb-test system-test test
unit-binaries: $(UNIT_BINARIES)

unit-test: setup
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) unit-binaries
	$(Q)$(PYTHON) tests/run_unit.py --jobs $(JOBS) \
		--python tests/system/test_runner.py \
		--python tests/system/test_demo.py --python scripts/check/test_check.py \
		$(UNIT_BINARIES)

# The vGIC beside its model, in so many random steps.
VGIC_STEPS ?= 10000000
.PHONY: unit-soak
unit-soak: setup
	$(Q)$(MAKE) --no-print-directory -j$(JOBS) unit-binaries UNIT_COMPILERS=gcc ARCHES=arm64
	$(Q)VGIC_STEPS=$(VGIC_STEPS) $(PYTHON) tests/run_unit.py --seconds 7200 \
		$(UNIT_BUILD)/gcc-arm64/tests/unit/hypervisor/arch/arm64/vgic_model_test

# ---- the interactive console: on a terminal of its own, with a machine that is acted --------------

terminal-test: setup $(firstword $(ARCHES:%=built-%)) tool
	$(Q)$(PYTEST) -n $(JOBS) tests/terminal/test_terminal.py

# The clock of interactive runs, on the real thing: exact, and no faster than real time.
pace-test: setup built tool
	$(Q)$(PYTEST) -n $(JOBS) $(TESTED_BOARDS:%=--board=%) tests/terminal/pace_test.py

# ---- system tests -------------------------------------------------------------------------------

# make system-test T='hello* faults@qemu-arm64' runs some of them; T=--list tells what there is.
# On all boards of all architectures, or on the one that was asked for.
ONLY_BOARD := $(if $(filter undefined file,$(origin BOARD)),,$(BOARD))
TESTED_BOARDS := $(or $(ONLY_BOARD),$(ARCHES:%=qemu-%))
system-test: setup built tool
	$(Q)$(PYTHON) tests/system/run.py --build $(BUILD) -j$(JOBS) $(ARCHES:%=--arch %) \
		$(ONLY_BOARD:%=--board %) $(or $(T),$(if $(QUICK),$(QUICK_SYSTEMS)))

# `make gdb` stops in the hypervisor's main; where there is no debugger nothing is tested.
GDB_FOUND := $(shell command -v gdb-multiarch)
gdb-test: built tool
	$(Q)$(if $(GDB_FOUND),set -e; $(foreach board,$(TESTED_BOARDS),\
		$(PYTHON) scripts/gdb.py --build $(BUILD) --board $(board) \
		tests/system/hello-1/system.yaml;) echo '$(words $(TESTED_BOARDS)) passed$(comma) 0 failed',\
		echo 'skipped: no gdb-multiarch is installed')

# ---- real boards' trees ---------------------------------------------------------------------------

# All of them, a thousand, take minutes; `make test` takes a few of each maker. make board-test
# N='imx8mp rk3399' takes those alone whose names have one of these in them.
BOARD_TEST = $(PYTHON) tests/boards/run.py --build $(BUILD) -j$(JOBS) $(ARCHES:%=--arch %)
.PHONY: board-test board-sample-test
board-test: setup built tool $(TOOL_TESTED)
	$(Q)$(BOARD_TEST) $(N)

board-sample-test: setup built tool $(TOOL_TESTED)
	$(Q)$(BOARD_TEST) --sample

# Writes the trees of boards/, and of tests/system/boards/, anew: QEMU's, by `bulkhead init`.
.PHONY: boards
boards: setup tool
	$(Q)$(PYTHON) tests/boards/machines.py --build $(BUILD) $(ARCHES:%=--arch %) $(N)

# ---- all of them ----------------------------------------------------------------------------------

# make test QUICK=1 is the inner loop: what finds most mistakes in two minutes, where all but the
# change is built already. It says what it leaves out.
SUITES := unit-test config-test time-test fuzz-test board-sample-test terminal-test pace-test \
	gdb-test bench-test bench-linux system-test
QUICK_SUITES := unit-test config-test terminal-test system-test
QUICK_SYSTEMS := hello-1 hello-4 faults gic plic aia psci sbi timer off reset restart-limit rtc \
	console-off damaged-table linux@qemu-arm64 linux@qemu-riscv64
QUICK_LEFT_OUT = $(filter-out $(QUICK_SUITES),$(SUITES)); unit tests by clang; all system tests but \
	$(QUICK_SYSTEMS)
test:
	$(Q)$(PYTHON) scripts/suites.py --make "$(MAKE)" \
		$(if $(QUICK),--left-out '$(QUICK_LEFT_OUT)') setup $(if $(QUICK),$(QUICK_SUITES),$(SUITES))
