# SPDX-License-Identifier: Apache-2.0
# make soak: the long campaigns of which `make test` has a short one. Each is a target that ends on
# `N passed, N failed`.

SOAKS := fuzz board-test unit-soak

.PHONY: soak
soak:
	$(Q)$(PYTHON) scripts/suites.py --make "$(MAKE)" setup $(SOAKS)
