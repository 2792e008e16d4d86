# SPDX-License-Identifier: Apache-2.0
# Bulkhead. `make help` lists what you can make.

.DEFAULT_GOAL := all
SHELL := /bin/bash
BUILD ?= build
BOARD ?= qemu-arm64
ARCH ?= arm64
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
-include make/check.mk
