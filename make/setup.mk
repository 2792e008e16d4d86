# SPDX-License-Identifier: Apache-2.0
# Everything that has to be on this machine before anything can be built or run. The groups follow
# from what is asked for: `make demo` installs no linters, and nothing for boards of an
# architecture other than BOARD's.

SETUP_GROUPS := $(ARCH)
ifneq ($(filter unit-test system-test config-test time-test terminal-test pace-test boards \
	fuzz fuzz-test,$(MAKECMDGOALS)),)
SETUP_GROUPS := $(ARCHES) test
endif
ifneq ($(filter bench bench-test,$(MAKECMDGOALS)),)
SETUP_GROUPS := $(ARCHES)
endif
ifneq ($(filter check,$(MAKECMDGOALS)),)
SETUP_GROUPS := $(ARCHES) test check
endif
ifneq ($(filter test board-test board-sample-test,$(MAKECMDGOALS)),)
SETUP_GROUPS := $(ARCHES) test boards $(if $(filter check,$(MAKECMDGOALS)),check)
endif
ifneq ($(filter gdb,$(MAKECMDGOALS)),)
SETUP_GROUPS += gdb
endif
ifeq ($(filter-out setup,$(MAKECMDGOALS)),)
SETUP_GROUPS := $(ARCHES) test check boards
endif

.PHONY: setup
setup:
	$(Q)scripts/setup.sh $(if $(filter setup,$(MAKECMDGOALS)),,--quiet) $(SETUP_GROUPS)
