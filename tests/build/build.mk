# SPDX-License-Identifier: GPL-2.0-only
# check-build: KERNELS= limits it, as in KERNELS="6.1 6.12".

.PHONY: check-build
check-build:
	@tests/build/run $(KERNELS)
