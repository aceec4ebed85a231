# SPDX-License-Identifier: GPL-2.0-only
# install.sh, upgrade.sh and uninstall.sh: check-install in guests of files, check-install-guest in a Debian
# guest in the rig (as root). I= case or glob.

.PHONY: check-install check-install-guest
check-install:
	@tests/install/run $(if $(I),'$(I)')

check-install-guest:
	@tests/install/rig $(if $(I),'$(I)')
