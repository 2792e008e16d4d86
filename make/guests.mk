# SPDX-License-Identifier: Apache-2.0
# Our bare-metal guests: build/guests/ARCH/NAME.elf, one per program below.
#
# COMPILER=clang builds them with the other compiler; GCC's are what we test with.

GUEST_CROSS_arm64 := aarch64-linux-gnu-
GUEST_CROSS_riscv64 := riscv64-linux-gnu-
GUEST_CROSS ?= $(GUEST_CROSS_$(ARCH))
GUEST_CC_gcc := $(GUEST_CROSS)gcc
GUEST_CC_clang := clang --target=$(GUEST_CROSS:-=)
GUEST_CC ?= $(GUEST_CC_$(or $(COMPILER),gcc))
GUEST_BUILD := $(BUILD)/guests/$(ARCH)

# What the tool says of the boards that our guests know apart, and of the demo's control VM: all
# numbers of a board's. Each header's names begin with a word of its own. A header that a new tool
# writes as before stays as old as it is, and nothing is compiled again.
GUEST_TOOL ?= $(BUILD)/bulkhead
GUEST_INCLUDE := $(GUEST_BUILD)/include
GUEST_BOARDS_arm64 := qemu-arm64=VIRT
GUEST_BOARDS_riscv64 := qemu-riscv64=VIRT qemu-riscv64-aia=AIA
GUEST_BOARDS := $(GUEST_BOARDS_$(ARCH))
GUEST_HEADERS := $(foreach board,$(GUEST_BOARDS),\
	$(GUEST_INCLUDE)/board/$(firstword $(subst =, ,$(board))).h) $(GUEST_INCLUDE)/demo/control.h

# Board, the description's VM, description, what names begin with.
guest_header = $(GUEST_TOOL) show --boards boards --board $(1) --header $(2) --prefix $(4) \
	-o $@.new $(3) && { cmp -s $@.new $@ || cp $@.new $@; } && rm $@.new

define guest_board
$$(GUEST_INCLUDE)/board/$(1).h: guests/runtime/system.yaml $(wildcard boards/$(1)/*) $$(GUEST_TOOL)
	@mkdir -p $$(@D)
	$$(Q)$$(call guest_header,$(1),guest,$$<,$(2))
endef
$(foreach board,$(GUEST_BOARDS),\
	$(eval $(call guest_board,$(firstword $(subst =, ,$(board))),$(lastword $(subst =, ,$(board))))))

$(GUEST_INCLUDE)/demo/control.h: examples/demo/system.yaml $(wildcard boards/qemu-$(ARCH)/*) $(GUEST_TOOL)
	@mkdir -p $(@D)
	$(Q)$(call guest_header,qemu-$(ARCH),control,$<,VM)

# Clang's assembler wants the extension that GCC's has in rv64i by default.
GUEST_ARCH_arm64_gcc := -mgeneral-regs-only -mstrict-align -mno-outline-atomics
GUEST_ARCH_arm64_clang := $(GUEST_ARCH_arm64_gcc)
GUEST_ARCH_riscv64_gcc := -march=rv64imac_zicsr_zifencei -mabi=lp64 -mcmodel=medany -mno-relax
GUEST_ARCH_riscv64_clang := -march=rv64imac -mabi=lp64 -mcmodel=medany -mno-relax
GUEST_ARCH := $(GUEST_ARCH_$(ARCH)_$(or $(COMPILER),gcc))

# An architecture's headers that the shared ones include are found without its name.
GUEST_CFLAGS := -std=c11 -O2 -g -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-common \
	-ffile-prefix-map=$(CURDIR)=. $(GUEST_ARCH) \
	-I. -Iguests -Iguests/runtime/$(ARCH) -I$(GUEST_INCLUDE) $(WARNINGS)
# A test may do what others may not: a tree or an argument that it has no use for.
$(GUEST_BUILD)/obj/tests/%.o $(GUEST_BUILD)/obj/campaign/%.o $(GUEST_BUILD)/obj/witness/%.o: \
	GUEST_CFLAGS += -Wno-unused-parameter
GUEST_LINKER_SCRIPT := $(GUEST_BUILD)/guest.ld
GUEST_LDFLAGS := -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	-Wl,-T,$(GUEST_LINKER_SCRIPT)

GUEST_RUNTIME := $(sort $(wildcard guests/runtime/*.c guests/runtime/$(ARCH)/*.c \
	guests/runtime/$(ARCH)/*.S))

# A program is a folder of its own, or a file of tests/; with an architecture's part in a folder
# of its name beside it, or only there.
GUEST_PROGRAMS := axis bench campaign control keeper monitor witness
$(foreach program,$(GUEST_PROGRAMS),$(eval GUEST_$(program) := \
	$(sort $(wildcard guests/$(program)/*.c guests/$(program)/$(ARCH)/*.[cS]))))
# It measures as the control loop does.
GUEST_witness += guests/control/record.c guests/control/$(ARCH)/clock.c
GUEST_TESTS := $(sort $(basename $(notdir $(wildcard guests/tests/*.c guests/tests/$(ARCH)/*.c))))
$(foreach test,$(GUEST_TESTS),$(eval GUEST_$(test) := $(wildcard \
	guests/tests/$(test).c guests/tests/$(ARCH)/$(test).[cS])))
GUEST_NAMES := $(GUEST_PROGRAMS) $(GUEST_TESTS)
GUEST_ELFS := $(GUEST_NAMES:%=$(GUEST_BUILD)/%.elf)

guest_objects = $(patsubst guests/%,$(GUEST_BUILD)/obj/%.o,$(1))

.PHONY: guests
guests: $(GUEST_ELFS)

$(GUEST_LINKER_SCRIPT): guests/runtime/$(ARCH)/guest.ld make/guests.mk $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -E -P -x assembler-with-cpp -MMD -MT $@ -MF $@.d $< -o $@

$(GUEST_BUILD)/obj/%.c.o: guests/%.c make/guests.mk | $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

$(GUEST_BUILD)/obj/%.S.o: guests/%.S make/guests.mk | $(GUEST_HEADERS)
	@mkdir -p $(@D)
	$(Q)$(GUEST_CC) $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

define guest_link
$(GUEST_BUILD)/$(1).elf: $(call guest_objects,$(GUEST_RUNTIME) $(GUEST_$(1))) $(GUEST_LINKER_SCRIPT)
	@echo "  GUEST   $$@"
	$(Q)$(GUEST_CC) $(GUEST_LDFLAGS) $$(filter %.o,$$^) -o $$@
endef
$(foreach name,$(GUEST_NAMES),$(eval $(call guest_link,$(name))))

-include $(wildcard $(GUEST_BUILD)/guest.ld.d $(GUEST_BUILD)/obj/*/*.d $(GUEST_BUILD)/obj/*/*/*.d)
