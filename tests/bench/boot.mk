# SPDX-License-Identifier: GPL-2.0-only
# The bus from its loading to the last offer bound, in a guest. PAIRS= samples a side.

.PHONY: bench-boot
bench: bench-boot
bench-boot: packages
	@tests/bench/boot $(if $(PAIRS),--pairs $(PAIRS)) $(if $(KERNEL),--kernel $(KERNEL)) $(if $(CPUS),--cpus $(CPUS))
