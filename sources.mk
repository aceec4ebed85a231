# SPDX-License-Identifier: GPL-2.0-only
# The modules and what each is made of; read by Kbuild. *.cpp is core, *.c is shim.
# A module whose list is empty is not built.

LIS_MODULES := hv_vmbus lis_probe
ifneq ($(CONFIG_KUNIT),)
LIS_MODULES += lis_kunit
endif

vmbus-core := \
	vmbus/bus.cpp \
	vmbus/channel.cpp \
	vmbus/channel_event.cpp \
	vmbus/channel_open.cpp \
	vmbus/channel_state.cpp \
	vmbus/connection.cpp \
	vmbus/core.cpp \
	vmbus/counters.cpp \
	vmbus/detect.cpp \
	vmbus/device_class.cpp \
	vmbus/dispatcher.cpp \
	vmbus/enumerator.cpp \
	vmbus/exchange.cpp \
	vmbus/exports.cpp \
	vmbus/gpadl.cpp \
	vmbus/gpadl_message.cpp \
	vmbus/inbox.cpp \
	vmbus/ledger.cpp \
	vmbus/placement.cpp \
	vmbus/poster.cpp \
	vmbus/synic.cpp \
	vmbus/version.cpp \
	vmbus/withdrawal.cpp

vmbus-shim :=

hv_vmbus := $(if $(vmbus-shim),$(vmbus-core) $(vmbus-shim))

lis_probe :=

lis_kunit :=
