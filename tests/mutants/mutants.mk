# SPDX-License-Identifier: GPL-2.0-only
# Planted bugs: each tests/mutants/*.patch must turn the unit test that it names red.

# M=<glob>: only the mutants of that name, e.g. M='ring-*'. J=2: two at a time.
.PHONY: check-mutants
check-mutants: unit-programs
	@tests/mutants/run --jobs $(or $(J),1) $(if $(M),'$(M)')
