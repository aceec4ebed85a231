# SPDX-License-Identifier: GPL-2.0-only
# The modules and what each is made of; read by Kbuild. *.cpp is core, *.c is shim.
# A module whose list is empty is not built.

LIS_MODULES := hv_vmbus lis_probe
ifneq ($(CONFIG_KUNIT),)
LIS_MODULES += lis_kunit
endif

hv_vmbus :=

lis_probe :=

lis_kunit :=
