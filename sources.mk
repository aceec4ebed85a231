# SPDX-License-Identifier: GPL-2.0-only
# The modules and what each is made of; read by Kbuild. *.cpp is core, *.c is shim.
# A module whose list is empty is not built.

LIS_MODULES := hv_vmbus lis_probe
ifneq ($(CONFIG_SERIO),)
LIS_MODULES += hyperv_keyboard
endif
ifneq ($(CONFIG_INPUT),)
LIS_MODULES += hid_hyperv
endif
ifneq ($(CONFIG_SCSI),)
LIS_MODULES += hv_storvsc
endif
ifneq ($(CONFIG_NET),)
LIS_MODULES += hv_netvsc
endif
# Its suites make allocations fail: RHEL 8.6 and later have KUnit, but not what that takes.
ifneq ($(and $(CONFIG_KUNIT),$(CONFIG_FAULT_INJECTION)),)
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

vmbus-shim := \
	vmbus/acpi_linux.c \
	vmbus/bus_linux.c \
	vmbus/cpu_hotplug_linux.c \
	vmbus/crash_linux.c \
	vmbus/crash_report_linux.c \
	vmbus/debugfs_linux.c \
	vmbus/device_linux.c \
	vmbus/driver_linux.c \
	vmbus/exports_linux.c \
	vmbus/guid_linux.c \
	vmbus/hypervisor_kernel_linux.c \
	vmbus/hypervisor_own_linux.c \
	vmbus/interrupt_linux.c \
	vmbus/interrupt_none_linux.c \
	vmbus/mmio_linux.c \
	vmbus/module_linux.c \
	vmbus/os_cpu_linux.c \
	vmbus/os_log_linux.c \
	vmbus/os_memory_linux.c \
	vmbus/os_sync_linux.c \
	vmbus/os_work_linux.c \
	vmbus/ownership_linux.c \
	vmbus/power_linux.c \
	vmbus/sysfs_channel_linux.c \
	vmbus/sysfs_device_linux.c

hv_vmbus := $(vmbus-core) $(vmbus-shim)

hyperv_keyboard := \
	hyperv_keyboard/keyboard.cpp \
	hyperv_keyboard/hyperv_keyboard_linux.c

hid_hyperv := \
	hid_hyperv/device_info.cpp \
	hid_hyperv/mouse.cpp \
	hid_hyperv/report_descriptor.cpp \
	hid_hyperv/hid_bus_linux.c \
	hid_hyperv/hid_hyperv_linux.c \
	hid_hyperv/input_linux.c

hv_storvsc := \
	storvsc/answers.cpp \
	storvsc/controller.cpp \
	storvsc/core.cpp \
	storvsc/negotiation.cpp \
	storvsc/queue.cpp \
	storvsc/spread.cpp \
	storvsc/srb.cpp \
	storvsc/submit.cpp \
	storvsc/bounce_linux.c \
	storvsc/commands_linux.c \
	storvsc/fibre_linux.c \
	storvsc/storvsc_linux.c \
	storvsc/units_linux.c

hv_netvsc := \
	netvsc/adapter.cpp \
	netvsc/core.cpp \
	netvsc/negotiation.cpp \
	netvsc/offloads.cpp \
	netvsc/queue.cpp \
	netvsc/receive.cpp \
	netvsc/rndis_control.cpp \
	netvsc/rndis_frame.cpp \
	netvsc/send_sections.cpp \
	netvsc/shared_buffer.cpp \
	netvsc/spreading.cpp \
	netvsc/transmit.cpp \
	netvsc/attach_linux.c \
	netvsc/device_linux.c \
	netvsc/ethtool_linux.c \
	netvsc/ethtool_spreading_linux.c \
	netvsc/ethtool_stats_linux.c \
	netvsc/link_linux.c \
	netvsc/netvsc_linux.c \
	netvsc/receive_linux.c \
	netvsc/transmit_linux.c \
	netvsc/xdp_linux.c

lis_probe := \
	tests/modules/lis_probe/lis_probe.cpp \
	tests/modules/lis_probe/lis_probe_linux.c

lis_kunit-storage := \
	tests/kunit/storage_lists_linux.c \
	tests/kunit/storage_results_linux.c \
	tests/kunit/storage_support_linux.c

# For the debug kernel of tests/rig. The suites run in this order; that which breaks lockdep comes last.
lis_kunit := \
	tests/kunit/memory_linux.c \
	tests/kunit/sync_linux.c \
	tests/kunit/work_linux.c \
	tests/kunit/softirq_linux.c \
	tests/kunit/cpu_linux.c \
	tests/kunit/ring_linux.c \
	tests/kunit/driver_linux.c \
	tests/kunit/sysfs_linux.c \
	tests/kunit/channel_linux.c \
	tests/kunit/failing_linux.c \
	$(if $(CONFIG_SCSI),$(lis_kunit-storage)) \
	tests/kunit/sees_linux.c \
	tests/kunit/support_linux.c \
	tests/kunit/bus_support_linux.c \
	tests/kunit/hypervisor.cpp \
	tests/kunit/planted.cpp \
	tests/kunit/traffic.cpp
ifneq ($(CONFIG_KCSAN),)
lis_kunit += \
	tests/kunit/race_linux.c \
	tests/kunit/race.cpp
endif
