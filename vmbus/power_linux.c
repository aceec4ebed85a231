// SPDX-License-Identifier: GPL-2.0-only
#include <compat/compat.h>
#include <compat/device.h>

#if defined(LIS_HAVE_SYSCORE_OPS) || defined(LIS_HAVE_REGISTER_SYSCORE)
#include <linux/syscore_ops.h>
#endif

#include "cpu_hotplug_linux.h"
#include "device_linux.h"
#include "driver_linux.h"
#include "hypervisor_linux.h"
#include "power_linux.h"
#include "vmbus_core.h"

#if defined(LIS_HAVE_REGISTER_SYSCORE)

static int synic_suspend(void *unused)
{
	cpu_hotplug_freeze();
	return 0;
}

static void synic_resume(void *unused)
{
	cpu_hotplug_thaw();
}

static const struct syscore_ops synic_operations = {
	.suspend = synic_suspend,
	.resume = synic_resume,
};

static struct syscore synic_syscore = { .ops = &synic_operations };

void power_init(void)
{
	register_syscore(&synic_syscore);
}

void power_exit(void)
{
	unregister_syscore(&synic_syscore);
}

#elif defined(LIS_HAVE_SYSCORE_OPS)

static int synic_suspend(void)
{
	cpu_hotplug_freeze();
	return 0;
}

static struct syscore_ops synic_operations = {
	.suspend = synic_suspend,
	.resume = cpu_hotplug_thaw,
};

void power_init(void)
{
	register_syscore_ops(&synic_operations);
}

void power_exit(void)
{
	unregister_syscore_ops(&synic_operations);
}

#else

void power_init(void)
{
}

void power_exit(void)
{
}

#endif

#ifdef LIS_HAVE_BUS_PM

/*
 * Without syscore the SynIC of the last CPU would stay on in the image. A hypercall
 * page of our own would be unknown to the hypervisor after the restore.
 */
#if defined(LIS_HYPERCALLS_OF_KERNEL) && (defined(LIS_HAVE_SYSCORE_OPS) || defined(LIS_HAVE_REGISTER_SYSCORE))
#define CAN_HIBERNATE 1
#else
#define CAN_HIBERNATE 0
#endif

static int device_freeze(struct device *base)
{
	struct lis_vmbus_driver *driver;

	if (!CAN_HIBERNATE)
		return -EOPNOTSUPP;
	if (!base->driver)
		return 0;
	driver = to_bus_driver(base->driver)->lis;
	return driver->suspend ? driver->suspend(to_lis_device(base)) : -EOPNOTSUPP;
}

static int device_restore(struct device *base)
{
	struct lis_vmbus_driver *driver;

	if (!base->driver)
		return 0;
	driver = to_bus_driver(base->driver)->lis;
	return driver->resume ? driver->resume(to_lis_device(base)) : -EOPNOTSUPP;
}

const struct dev_pm_ops device_power_operations = {
	.freeze_noirq = device_freeze,
	.thaw_noirq = device_restore,
	.poweroff_noirq = device_freeze,
	.restore_noirq = device_restore,
};

static int bus_freeze(struct device *base)
{
	return vmbus_core_suspend();
}

static int bus_restore(struct device *base)
{
	return vmbus_core_resume();
}

const struct dev_pm_ops bus_power_operations = {
	.freeze_noirq = bus_freeze,
	.thaw_noirq = bus_restore,
	.poweroff_noirq = bus_freeze,
	.restore_noirq = bus_restore,
};

#else

int device_suspend_legacy(struct device *base, pm_message_t state)
{
	return -EOPNOTSUPP;
}

#endif
