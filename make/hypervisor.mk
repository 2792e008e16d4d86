# SPDX-License-Identifier: Apache-2.0
# The hypervisor: one binary per architecture.

CROSS_arm64 := aarch64-linux-gnu-
HV_OUT := $(BUILD)/$(ARCH)

# COMPILER=clang for the other one; only GCC's binary is what we measure and ship.
COMPILER ?= gcc
HV_CC_gcc := $(CROSS_$(ARCH))gcc
HV_CC_clang := clang --target=$(CROSS_$(ARCH):-=)
HV_CC := $(HV_CC_$(COMPILER))

# The last flag, and the linker's: errata 835769 and 843419 of the Cortex-A53.
HV_FLAGS_arm64 := -march=armv8-a -mgeneral-regs-only -mno-outline-atomics -mstrict-align \
	-mfix-cortex-a53-835769
HV_LDFLAGS_arm64 := --fix-cortex-a53-843419
HV_CPPFLAGS := -I. -Ihypervisor -Ihypervisor/arch/include -Ihypervisor/arch/$(ARCH)/include
HV_CFLAGS := -std=c11 -Os -g -ffreestanding -fno-pic -fno-stack-protector -fno-common \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -ffunction-sections -fdata-sections \
	-ffile-prefix-map=$(CURDIR)=. $(WARNINGS) $(HV_FLAGS_$(ARCH))

# Everything but tests and other architectures' parts: the tree is the list.
HV_SOURCES := $(sort $(shell find hypervisor -name '*.c' -not -path 'hypervisor/arch/*') \
	$(shell find hypervisor/arch/$(ARCH) -name '*.[cS]'))
HV_OBJECTS := $(HV_SOURCES:%=$(HV_OUT)/%.o)
HV_LDS := hypervisor/arch/$(ARCH)/hypervisor.lds

.PHONY: all hypervisor
all: hypervisor guests tool
hypervisor: $(HV_OUT)/hypervisor.bin

$(HV_OUT)/%.c.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(HV_CC) $(HV_CPPFLAGS) $(HV_CFLAGS) -MMD -MP -c -o $@ $<

$(HV_OUT)/%.S.o: %.S
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

# The path of an interrupt is what guests wait for: speed before size, there alone.
HV_FAST_arm64 := fast_hw.c vgic/vgic.c vgic/vgic_hw.c
$(HV_FAST_$(ARCH):%=$(HV_OUT)/hypervisor/arch/$(ARCH)/%.o): HV_CFLAGS += -O2

# memset() and its like must not be compiled into calls of themselves.
HV_STRING_gcc := -fno-tree-loop-distribute-patterns
HV_STRING_clang := -fno-builtin
$(HV_OUT)/hypervisor/lib/string.c.o: HV_CFLAGS += $(HV_STRING_$(COMPILER))
