# SPDX-License-Identifier: Apache-2.0
# The bulkhead command, for the machine that builds. The validator of the system image and what it
# needs are the hypervisor's own files, compiled a second time.

TOOL_CC ?= cc
TOOL_CFLAGS ?= -O2 -g
TOOL_DEFINES := -std=c11 -D_GNU_SOURCE -I. -Ihypervisor -ffile-prefix-map=$(CURDIR)=.
TOOL_LIBS := -lyaml -ljansson -lfdt -lz -lnettle

# What tests link instead of the whole command: all but its main().
TOOL_SHARED_SOURCES := $(wildcard hypervisor/config/*.c) hypervisor/lib/fletcher.c
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
TOOL_TEST_OBJECTS := $(TOOL_SOURCES:%.c=$(BUILD)/tests/tool/%.o)
TOOL_TEST_MAINS := $(BUILD)/tests/tool/tool/main.o $(BUILD)/tests/tool/tests/config/check_many.o

# The whole command; and its check, of many files in one process.
$(TOOL_TESTED): $(BUILD)/tests/tool/tool/main.o $(TOOL_TEST_OBJECTS)
	$(Q)$(TOOL_CC) $(TOOL_TEST_FLAGS) -o $@ $^ $(TOOL_LIBS)

$(BUILD)/tests/check_many: $(BUILD)/tests/tool/tests/config/check_many.o $(TOOL_TEST_OBJECTS)
	$(Q)$(TOOL_CC) $(TOOL_TEST_FLAGS) -o $@ $^ $(TOOL_LIBS)

$(BUILD)/tests/tool/%.o: %.c make/tool.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(TOOL_CC) $(TOOL_TEST_FLAGS) $(TOOL_DEFINES) $(WARNINGS) -MMD -MP -c -o $@ $<

# make config-test T='device and not dma' takes some, by pytest's -k. ACCEPT=1 writes down what the
# command says now.
PYTEST = $(PYTHON) -m pytest -q -p no:cacheprovider --build=$(BUILD) $(if $(T),-k '$(T)')
.PHONY: config-test
config-test: setup $(TOOL_TESTED) $(BUILD)/tests/check_many ## what the command says of whole files
	$(Q)$(PYTEST) $(if $(ACCEPT),--accept,-n $(JOBS)) tests/config \
		--ignore=tests/config/time_test.py

.PHONY: time-test
time-test: setup tool ## no file makes a check take long
	$(Q)$(PYTEST) tests/config/time_test.py

-include $(TOOL_TEST_OBJECTS:.o=.d) $(TOOL_TEST_MAINS:.o=.d)
-include $(TOOL_OBJECTS:.o=.d) $(TOOL_MAIN:.o=.d)
