# SPDX-License-Identifier: Apache-2.0
# The bulkhead command, for the machine that builds. The validator of the system image and what it
# needs are the hypervisor's own files, compiled a second time.

TOOL_CC ?= cc
TOOL_CFLAGS ?= -O2 -g
TOOL_DEFINES := -std=c11 -D_GNU_SOURCE -I. -Ihypervisor -ffile-prefix-map=$(CURDIR)=.
TOOL_LIBS := -lyaml -ljansson -lfdt -lz -lnettle

# What tests link instead of the whole command: all but its main().
TOOL_SHARED_SOURCES := $(wildcard hypervisor/config/*.c) hypervisor/lib/crc32c.c
TOOL_SOURCES := $(sort $(shell find tool -name '*.c' ! -name main.c)) $(TOOL_SHARED_SOURCES)
TOOL_OBJECTS := $(TOOL_SOURCES:%.c=$(BUILD)/tool/%.o)
TOOL_MAIN := $(BUILD)/tool/tool/main.o

.PHONY: tool
tool: $(BUILD)/bulkhead $(BUILD)/bulkhead-pace.so ## the bulkhead command, for this machine

$(BUILD)/bulkhead: $(TOOL_MAIN) $(TOOL_OBJECTS)
	$(Q)$(TOOL_CC) $(TOOL_CFLAGS) -o $@ $^ $(TOOL_LIBS)

# Loaded into QEMU by `bulkhead run`: lets an interactive run keep both deadlines and real time.
$(BUILD)/bulkhead-pace.so: tool/run/run_pace.c tool/run/run_pace.h make/tool.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(TOOL_CFLAGS) $(TOOL_DEFINES) $(WARNINGS) -fPIC -shared -o $@ $< \
		-Wl,--defsym,clock_gettime=pace_clock_gettime,--defsym,ppoll=pace_ppoll \
		-Wl,--defsym,__ppoll_chk=pace_ppoll_chk

$(BUILD)/tool/%.o: %.c make/tool.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(TOOL_CFLAGS) $(TOOL_DEFINES) $(WARNINGS) -MMD -MP -c -o $@ $<

# ---- tests of the command on whole files, under sanitizers -----------------------------------------

TOOL_TESTED := $(BUILD)/tests/bulkhead
TOOL_TEST_FLAGS := -O1 -g1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
TOOL_TEST_OBJECTS := $(TOOL_SOURCES:%.c=$(BUILD)/tests/tool/%.o) $(BUILD)/tests/tool/tool/main.o

$(TOOL_TESTED): $(TOOL_TEST_OBJECTS)
	$(Q)$(TOOL_CC) $(TOOL_TEST_FLAGS) -o $@ $^ $(TOOL_LIBS)

$(BUILD)/tests/tool/%.o: %.c make/tool.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(TOOL_TEST_FLAGS) $(TOOL_DEFINES) $(WARNINGS) -MMD -MP -c -o $@ $<

.PHONY: config-test
config-test: $(TOOL_TESTED) ## descriptions right and wrong, and what the command says of them
	$(Q)python3 tests/config/run.py --bulkhead $(TOOL_TESTED)

.PHONY: time-test
time-test: tool ## no file makes a check take long
	$(Q)python3 tests/config/time_test.py --bulkhead $(BUILD)/bulkhead

-include $(TOOL_TEST_OBJECTS:.o=.d)
-include $(TOOL_OBJECTS:.o=.d) $(TOOL_MAIN:.o=.d)
