# SPDX-License-Identifier: GPL-2.0-only
# What runs in the rig. S= scenario or glob, KERNEL= 5.10 6.1 6.12 kasan, CPUS= vCPUs, GUEST= ours intree,
# HOST= qemu vmm, or openvmm with OPENVMM=path, SOAK= seconds, LONG=1 every combination.

.PHONY: packages demo check check-long check-kunit check-kcsan check-system check-system-qemu check-system-vmm debug-kernel

packages:
	@tests/rig/packages.sh

demo:
	@tests/rig/demo $(if $(KERNEL),--kernel $(KERNEL)) $(if $(GUEST),--guest $(GUEST))

debug-kernel:
	@tests/rig/debug-kernel

check-kunit:
	@tests/rig/kunit $(if $(CPUS),--cpus $(CPUS))

# Data races, in a kernel of its own.
check-kcsan:
	@tests/rig/kunit --kernel kcsan $(if $(CPUS),--cpus $(CPUS))

check-system:
	@tests/rig/system $(if $(S),--scenario '$(S)') $(if $(HOST),--host $(HOST)) $(if $(GUEST),--guest $(GUEST)) \
		$(if $(KERNEL),--kernel $(KERNEL)) $(if $(CPUS),--cpus $(CPUS)) $(if $(SOAK),--soak $(SOAK)) $(if $(LONG),--long)

# One host's part of it.
check-system-qemu check-system-vmm: check-system-%:
	@tests/rig/system --host $* $(if $(SOAK),--soak $(SOAK)) $(if $(LONG),--long)

# Two lanes, of about the same length: a guest in the rig keeps one core busy. Both need vmbus-vmm, which the first has
# built long before check-unit asks for it.
lis-gate := check-build,check-system-vmm check-kunit,check-system-qemu,check-unit,check-fuzz,check-install
lis-gate-long := check-build,check-unit,check-fuzz,check-install,check-mutants,coverage,check-system-vmm check-kunit,check-kcsan,check-system-qemu,check-install-guest

check:
	@tests/rig/gate $(lis-gate)

check-long:
	@tests/rig/gate $(lis-gate-long) -- LONG=1 SOAK=$(or $(SOAK),1800)
