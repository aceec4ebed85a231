# SPDX-License-Identifier: GPL-2.0-only
# Tests of tools/; part of check-unit.

.PHONY: check-tools
check-tools:
	@tests/tools/lsvmbus_test.sh

check-unit: check-tools
