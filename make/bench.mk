# SPDX-License-Identifier: Apache-2.0
# The ruler: how many instructions each path takes. make bench J=1 prints JSON and nothing else;
# with AGAINST=old.json it says what has changed, and fails if a path got longer.

BENCH_BOARDS_arm64 := qemu-arm64
BENCH_BOARDS_riscv64 := qemu-riscv64 qemu-riscv64-aia
BENCH_BOARDS = $(or $(ONLY_BOARD),$(foreach arch,$(ARCHES),$(BENCH_BOARDS_$(arch))))

.PHONY: bench bench-test bench-linux bench-docs bench-built
bench: bench-built
	$(Q)$(PYTHON) scripts/bench.py --build $(BUILD) $(J:%=--json) $(AGAINST:%=--against %) \
		$(BENCH_BOARDS)

bench-test: bench-built
	$(Q)$(PYTHON) tests/bench/bench_test.py --build $(BUILD) $(BENCH_BOARDS)

# Linux under Bulkhead, and on the bare machine with the VM's tree: boards where that one is possible.
bench-linux: bench-built
	$(Q)$(PYTHON) scripts/bench_linux.py --build $(BUILD) $(filter $(ARCHES:%=qemu-%),$(TESTED_BOARDS))

# Writes the figures of docs/performance.md; the tests above tell when those are stale.
bench-docs: bench-built
	$(Q)$(PYTHON) scripts/bench.py --build $(BUILD) --docs $(BENCH_BOARDS)
	$(Q)$(PYTHON) scripts/bench_linux.py --build $(BUILD) --docs $(filter $(ARCHES:%=qemu-%),$(TESTED_BOARDS))

BENCH_PLUGINS := $(BUILD)/bulkhead-count.so $(BUILD)/bulkhead-lines.so
DEMO_PLUGIN := $(BUILD)/bulkhead-restart.so

bench-built: setup
	$(Q)$(MAKE) --no-print-directory built tool $(BENCH_PLUGINS) >&2

# Loaded into QEMU by scripts/bench.py and scripts/demo.py: they see each instruction.
$(BENCH_PLUGINS) $(DEMO_PLUGIN): $(BUILD)/bulkhead-%.so: scripts/emulator/%.c scripts/emulator/plugin.h make/bench.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(TOOL_CFLAGS) $(TOOL_DEFINES) $(WARNINGS) -fPIC -shared -o $@ $<
