# SPDX-License-Identifier: Apache-2.0
# The hypervisor: one binary per architecture.

CROSS_arm64 := aarch64-linux-gnu-
CROSS_riscv64 := riscv64-linux-gnu-
HV_OUT := $(BUILD)/$(ARCH)

# COMPILER=clang for the other one; only GCC's binary is what we measure and ship.
COMPILER ?= gcc
HV_CC_gcc := $(CROSS_$(ARCH))gcc
HV_CC_clang := clang --target=$(CROSS_$(ARCH):-=)
HV_CC := $(HV_CC_$(COMPILER))

# The last flag, and the linker's: errata 835769 and 843419 of the Cortex-A53.
# What C leaves alone is not to be saved on the short paths: vectors.S.
HV_SAVED_arm64 := $(foreach n,10 11 12 13 14 15 18,-fcall-saved-x$(n))
HV_FLAGS_arm64 := $(HV_SAVED_arm64) -march=armv8-a -mcmodel=tiny -mgeneral-regs-only -mno-outline-atomics -mstrict-align \
	-mfix-cortex-a53-835769
HV_LDFLAGS_arm64 := --fix-cortex-a53-843419
# The linker shortens calls; without a __global_pointer$ nothing becomes relative to gp, and what runs
# before the image is at its home stays relative to the program counter.
# GCC's code leaves t3 to t6 alone: vectors.S.
HV_FLAGS_riscv64_gcc := -march=rv64imac_zicsr_zifencei -mstrict-align \
	-ffixed-x28 -ffixed-x29 -ffixed-x30 -ffixed-x31
HV_FLAGS_riscv64_clang := -march=rv64imac
HV_FLAGS_riscv64 := -mabi=lp64 -mcmodel=medany -msmall-data-limit=0 \
	$(HV_FLAGS_riscv64_$(COMPILER))
HV_CPPFLAGS := -I. -Ihypervisor -Ihypervisor/arch/include -Ihypervisor/arch/$(ARCH)/include
HV_CFLAGS := -std=c11 -Os -g -ffreestanding -fno-pic -fno-stack-protector -fno-common -fno-jump-tables \
	-fomit-frame-pointer \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -ffunction-sections -fdata-sections \
	-ffile-prefix-map=$(CURDIR)=. $(WARNINGS) $(HV_FLAGS_$(ARCH))

# The tree is the list: all but other architectures' folders, files that end in an architecture's
# name, and the UART that boards of another architecture have.
HV_OTHERS_arm64 := %_riscv64.c %/v16550.c %/ns16550.c
HV_OTHERS_riscv64 := %_arm64.c %/vpl011.c %/pl011.c
HV_CORE := $(sort $(shell find hypervisor -name '*.c' -not -path 'hypervisor/arch/*'))
hv_sources = $(filter-out $(HV_OTHERS_$(1)),$(HV_CORE)) \
	$(sort $(shell find hypervisor/arch/$(1) -name '*.[cS]'))
HV_OBJECTS := $(patsubst %,$(HV_OUT)/%.o,$(call hv_sources,$(ARCH)))
HV_LDS := hypervisor/arch/$(ARCH)/hypervisor.lds

.PHONY: all built hypervisor toolchain $(ARCHES:%=built-%)
all: built tool
built: $(ARCHES:%=built-%)
$(ARCHES:%=built-%): built-%: $(BUILD)/bulkhead
	$(Q)$(MAKE) --no-print-directory ARCH=$* hypervisor guests

hypervisor: $(HV_OUT)/hypervisor.bin

toolchain:
	$(Q)for tool in $(firstword $(HV_CC)) $(CROSS_$(ARCH))ld; do command -v $$tool >/dev/null || \
		{ echo "$(ARCH) needs $$tool, which is not installed: see make setup" >&2; exit 1; }; done

# Flags are this file's.
$(HV_OUT)/%.c.o: %.c make/hypervisor.mk | toolchain
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(HV_CC) $(HV_CPPFLAGS) $(HV_CFLAGS) -MMD -MP -c -o $@ $<

$(HV_OUT)/%.S.o: %.S make/hypervisor.mk | toolchain
	@mkdir -p $(@D)
	@echo "  AS    $<"
	$(Q)$(HV_CC) $(HV_CPPFLAGS) $(HV_CFLAGS) -MMD -MP -c -o $@ $<

$(HV_OUT)/hypervisor.elf: $(HV_OBJECTS) $(HV_LDS)
	@echo "  LD    $@"
	$(Q)$(CROSS_$(ARCH))ld -nostdlib --gc-sections --build-id=none -z max-page-size=4096 \
		$(HV_LDFLAGS_$(ARCH)) -T $(HV_LDS) -o $@ $(HV_OBJECTS)

$(HV_OUT)/hypervisor.bin: $(HV_OUT)/hypervisor.elf
	$(Q)$(CROSS_$(ARCH))objcopy -O binary $< $@

-include $(HV_OBJECTS:.o=.d)

# What guests wait for, interrupts, calls and emulated registers: speed before size, there alone.
HV_FAST_arm64 := fast_hw.c smccc.c
HV_FAST_riscv64 := fast_hw.c sbi.c trap.c trap_hw.c
$(HV_FAST_$(ARCH):%=$(HV_OUT)/hypervisor/arch/$(ARCH)/%.o): HV_CFLAGS += -O2
$(HV_OUT)/hypervisor/trap/mmio.c.o $(HV_OUT)/hypervisor/dev/v%.c.o: HV_CFLAGS += -O2
# What the first core does alone.
$(HV_OUT)/hypervisor/lib/chacha20.c.o $(HV_OUT)/hypervisor/boot/chosen.c.o: HV_CFLAGS += -O2

# memset() and its like must not be compiled into calls of themselves.
HV_STRING_gcc := -fno-tree-loop-distribute-patterns
HV_STRING_clang := -fno-builtin
$(HV_OUT)/hypervisor/lib/string.c.o: HV_CFLAGS += $(HV_STRING_$(COMPILER))
