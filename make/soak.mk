# SPDX-License-Identifier: Apache-2.0
# make soak: the long campaigns of which `make test` has a short one. Each is a target that ends on
# `N passed, N failed`.

SOAKS := fuzz board-test unit-soak campaign

.PHONY: soak campaign
soak:
	$(Q)$(PYTHON) scripts/suites.py --make "$(MAKE)" setup $(SOAKS)

# A hostile guest beside a witness, until there were so many operations on each board. It goes on where
# it was; build/tests/campaign/state.json says where. SEED= runs one machine of it again.
CAMPAIGN_OPS ?= 10000000
CAMPAIGN_BOARDS := $(or $(ONLY_BOARD),$(ARCHES:%=qemu-%) $(if $(filter riscv64,$(ARCHES)),\
	qemu-riscv64-aia))
campaign: setup built tool
	$(Q)$(PYTHON) scripts/campaign.py --build $(BUILD) -j $(JOBS) --ops $(CAMPAIGN_OPS) \
		$(SEED:%=--seed %) $(CAMPAIGN_BOARDS)
