# SPDX-License-Identifier: GPL-2.0-only
# Tests of tools/ and of what the rig makes of OPENVMM=path; part of check-unit.

.PHONY: check-tools
check-tools:
	@tests/tools/lsvmbus_test.sh
	@tests/rig/openvmm_test.sh

check-unit: check-tools
