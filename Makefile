# SPDX-License-Identifier: Apache-2.0
# Bulkhead. `make help` lists what you can make.

.DEFAULT_GOAL := all
SHELL := /bin/bash
BUILD ?= build
# BOARD is a folder of boards/, and its description names the architecture. All that is built and
# tested for each architecture is so for all of them, or with ARCH=riscv64 for that one alone.
BOARD ?= qemu-$(or $(ARCH),arm64)
ifdef ARCH
ARCHES := $(ARCH)
else
ARCHES := arm64 riscv64
ARCH := $(shell sed -n 's/^arch: *//p' boards/$(BOARD)/board.yaml)
endif
V ?= 0
Q := $(if $(filter 1,$(V)),,@)

# Everything that is fetched and is no ordinary build tool; shared between clones.
export BULKHEAD_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/bulkhead

WARNINGS := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wundef -Wvla -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wimplicit-fallthrough

include make/hypervisor.mk
-include make/guests.mk
-include make/tool.mk
-include make/setup.mk
-include make/test.mk
-include make/bench.mk
-include make/fuzz.mk
-include make/soak.mk
-include make/check.mk
