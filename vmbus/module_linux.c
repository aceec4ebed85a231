// SPDX-License-Identifier: GPL-2.0-only
/* hv_vmbus comes and goes: the order of the design's "Who owns what". */
#include <compat/compat.h>

#include <linux/init.h>
#include <linux/module.h>

#include <lis_digest.h>

#include "acpi_linux.h"
#include "bus_linux.h"
#include "cpu_hotplug_linux.h"
#include "crash_linux.h"
#include "debugfs_linux.h"
#include "hypervisor_linux.h"
#include "interrupt_linux.h"
#include "ownership_linux.h"
#include "power_linux.h"
#include "vmbus_core.h"

static char *max_version;
module_param(max_version, charp, S_IRUGO);
MODULE_PARM_DESC(max_version, "Highest VMBus version to ask the host for, as 5.3 or 0x50003 (default: the newest)");

static int affinity_mode = -1;
module_param(affinity_mode, int, S_IRUGO);
MODULE_PARM_DESC(affinity_mode, "Accepted for compatibility and ignored");

/* major << 16 | minor; 0 if there is no limit, -EINVAL if the text is no version. */
static int parse_max_version(uint32_t *version)
{
	unsigned int major, minor;
	char *end, rest;

	*version = 0;
	if (!max_version || !*max_version)
		return 0;
	if (sscanf(max_version, "%u.%u%c", &major, &minor, &rest) == 2 && major <= 0xffff && minor <= 0xffff) {
		*version = major << 16 | minor;
		return 0;
	}
	*version = simple_strtoul(max_version, &end, 0);
	if (*end == 0 && *version != 0)
		return 0;
	lis_os_log(LIS_OS_LOG_ERROR, "not loaded: max_version=%s is no version", max_version);
	return -EINVAL;
}

static int __init vmbus_init(void)
{
	struct vmbus_core_settings settings = { .size = sizeof(settings) };
	struct vmbus_core_host host;
	int result;

	result = parse_max_version(&settings.max_version);
	if (result)
		return result;
	if (affinity_mode != -1)
		lis_os_log(LIS_OS_LOG_INFO, "affinity_mode is ignored");
	vmbus_core_detect(&host);
	result = ownership_check(&host);
	if (result)
		return result;

	/* Before anything is touched: this fails if the kernel's own hv_vmbus is there. */
	result = bus_init();
	if (result)
		return result;
	result = acpi_part_init();
	if (result)
		goto exit_bus;
	result = hypervisor_claim();
	if (result)
		goto exit_acpi;
	settings.vector = interrupt_vector();
	settings.auto_eoi = interrupt_auto_eoi(host.hints);
	result = vmbus_core_create(&settings);
	if (result)
		goto release_hypervisor;
	debugfs_part_init();
	result = interrupt_install();
	if (result)
		goto destroy_core;
	result = cpu_hotplug_start();
	if (result)
		goto remove_interrupt;
	result = crash_hooks_install(&host);
	if (result)
		goto stop_cpus;
	power_init();

	lis_os_log(LIS_OS_LOG_INFO, "Vmbus LIS version: %s", LIS_VERSION);
	result = vmbus_core_connect();
	if (result)
		goto exit_power;
	lis_os_log(LIS_OS_LOG_INFO, "Vmbus version:%u.%u", lis_vmbus_version() >> 16, lis_vmbus_version() & 0xffff);
	return 0;

exit_power:
	bus_objects_wait();
	power_exit();
	crash_hooks_remove();
stop_cpus:
	cpu_hotplug_stop();
remove_interrupt:
	interrupt_remove();
destroy_core:
	debugfs_part_exit();
	vmbus_core_destroy();
release_hypervisor:
	hypervisor_release();
exit_acpi:
	acpi_part_exit();
exit_bus:
	bus_exit();
	return result;
}

static void __exit vmbus_exit(void)
{
	vmbus_core_disconnect();
	bus_objects_wait();
	power_exit();
	/* Until here a panic would still have to be told to the host. */
	crash_hooks_remove();
	cpu_hotplug_stop();
	interrupt_remove();
	debugfs_part_exit();
	vmbus_core_destroy();
	hypervisor_release();
	acpi_part_exit();
	bus_exit();
}

module_init(vmbus_init);
module_exit(vmbus_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hyper-V VMBus");
MODULE_VERSION(LIS_VERSION);
/* Written out: the tools of older kernels make aliases of no ACPI table. */
MODULE_ALIAS("acpi*:VMBUS:*");
MODULE_ALIAS("acpi*:VMBus:*");
