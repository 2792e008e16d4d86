# SPDX-License-Identifier: Apache-2.0
# Our bare-metal guests: build/guests/ARCH/NAME.elf, one per program below.

GUEST_CROSS ?= aarch64-linux-gnu-
GUEST_CC ?= $(GUEST_CROSS)gcc
GUEST_BUILD := $(BUILD)/guests/$(ARCH)

GUEST_CFLAGS := -std=c11 -O2 -g -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-common \
	-ffile-prefix-map=$(CURDIR)=. -mgeneral-regs-only -mstrict-align -mno-outline-atomics \
	-I. -Iguests $(WARNINGS)
GUEST_LINKER_SCRIPT := guests/runtime/$(ARCH)/guest.ld
GUEST_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,-T,$(GUEST_LINKER_SCRIPT)

GUEST_RUNTIME := $(sort $(wildcard guests/runtime/*.c guests/runtime/$(ARCH)/*.c \
	guests/runtime/$(ARCH)/*.S))

# A program is a folder of its own, with an architecture's part below it, or a file of tests/.
GUEST_control := $(sort $(wildcard guests/control/*.c guests/control/$(ARCH)/*.c))
GUEST_TESTS := $(sort $(basename $(notdir $(wildcard guests/tests/*.c))))
$(foreach test,$(GUEST_TESTS),$(eval GUEST_$(test) := guests/tests/$(test).c \
	$(wildcard guests/tests/$(test)_*.S)))
GUEST_NAMES := control $(GUEST_TESTS)
GUEST_ELFS := $(GUEST_NAMES:%=$(GUEST_BUILD)/%.elf)

guest_objects = $(patsubst guests/%,$(GUEST_BUILD)/obj/%.o,$(1))

.PHONY: guests
guests: $(GUEST_ELFS)

$(GUEST_BUILD)/obj/%.c.o: guests/%.c make/guests.mk
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

$(GUEST_BUILD)/obj/%.S.o: guests/%.S make/guests.mk
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

define guest_link
$(GUEST_BUILD)/$(1).elf: $(call guest_objects,$(GUEST_RUNTIME) $(GUEST_$(1))) $(GUEST_LINKER_SCRIPT)
	@echo "  GUEST   $$@"
	$(Q)$(GUEST_CC) $(GUEST_LDFLAGS) $$(filter %.o,$$^) -o $$@
endef
$(foreach name,$(GUEST_NAMES),$(eval $(call guest_link,$(name))))

-include $(wildcard $(GUEST_BUILD)/obj/*/*.d $(GUEST_BUILD)/obj/*/*/*.d)
