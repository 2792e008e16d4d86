# SPDX-License-Identifier: Apache-2.0
# Checks without running anything, sizes, the demo, the debugger, and help.

.PHONY: check format docs size demo gdb clean help

# make check C='tidy layers' runs some of them.
check: setup
	$(Q)$(MAKE) --no-print-directory built tool
	$(Q)BUILD=$(abspath $(BUILD)) $(PYTHON) scripts/check/run.py $(C)

# Formats all C in place.
format:
	$(Q)$(PYTHON) scripts/check/format.py --fix

# Writes what the tool's tables say into the documentation.
docs: tool
	$(Q)BUILD=$(abspath $(BUILD)) $(PYTHON) scripts/check/picture.py --fix
	$(Q)$(PYTHON) scripts/docs.py --bulkhead $(BUILD)/bulkhead

# Nothing but the metrics on stdout, however much there was to build.
size:
	$(Q)$(MAKE) --no-print-directory built tool >&2
	$(Q)$(PYTHON) scripts/size.py --build $(BUILD) $(ARCHES:%=--arch %)

demo: setup
	$(Q)$(MAKE) --no-print-directory hypervisor guests tool $(DEMO_PLUGIN)
	$(Q)$(PYTHON) scripts/demo.py --build $(BUILD) --board $(BOARD) $(PICTURE:%=--picture %)

# make gdb SYSTEM=path stops another system than the demo's.
SYSTEM ?= examples/demo/system.yaml
gdb: setup hypervisor guests tool
	$(Q)$(PYTHON) scripts/gdb.py --build $(BUILD) --board $(BOARD) $(SYSTEM)

clean:
	$(Q)rm -rf $(BUILD)

help:
	@echo 'make demo          Linux and a 1 kHz control loop side by side; without a terminal Linux breaks in six ways'
	@echo 'make test          all tests, for both architectures; QUICK=1 what finds most, in two minutes'
	@echo 'make setup         fetch what is needed and is no ordinary build tool, into a cache'
	@echo 'make               build the hypervisor, the guests and the bulkhead tool'
	@echo 'make unit-test     pure logic natively, under ASan and UBSan, by GCC and Clang'
	@echo "make config-test   descriptions, right and wrong; T='device and not dma' some of them"
	@echo "make fuzz          10^7 inputs to all that reads files; RUNS=1000 FUZZ='tree image' fewer"
	@echo "make system-test   in QEMU; T='hello* faults@qemu-arm64' some of them, T=--list all there is"
	@echo "make board-test    \`bulkhead init\` over a thousand boards' trees; N='imx8mp rk3399' some"
	@echo "make boards        write the trees of boards/ anew, out of QEMU; N='qemu-arm64' some of them"
	@echo "make bench         instructions of each path and of boot; J=1 as JSON, AGAINST=old.json compares"
	@echo "make bench-linux   what Debian's Linux takes more under Bulkhead than on the bare machine"
	@echo 'make soak          hours: all inputs of the fuzzers, all boards'
	@echo "make check         format, linters, layers, budgets ...; C='tidy layers' some of them"
	@echo 'make format        format all C as .clang-format says'
	@echo 'make docs          write the tables of docs/system-description.md, draw its pictures'
	@echo 'make -s size       lines and bytes, as metric<TAB>value'
	@echo 'make gdb           stop in the hypervisor with its symbols; SYSTEM=path another system'
	@echo 'make clean         remove build/'
	@echo
	@echo 'BOARD=qemu-riscv64 is another machine for demo and gdb, and tests on that one only.'
	@echo 'ARCH=riscv64 builds and tests only that. V=1 shows commands.'
	@echo 'BOARD=$(BOARD) ARCHES="$(ARCHES)" BUILD=$(BUILD)'
	@echo 'BULKHEAD_CACHE=$(BULKHEAD_CACHE)'
