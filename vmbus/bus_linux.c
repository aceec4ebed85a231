// SPDX-License-Identifier: GPL-2.0-only
#include <compat/compat.h>
#include <compat/device.h>
#include <compat/path.h>

#include <linux/string.h>
#include <linux/sched.h>
#include <linux/wait.h>

#ifdef LIS_HAVE_HV_IS_HIBERNATION_SUPPORTED
#include <asm/mshyperv.h>
#endif

#include "bus_linux.h"
#include "device_linux.h"
#include "driver_linux.h"
#include "power_linux.h"
#include "vmbus_core.h"

static atomic_t objects = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(objects_gone);

void bus_object_created(void)
{
	atomic_inc(&objects);
}

void bus_object_released(void)
{
	if (atomic_dec_and_test(&objects))
		wake_up(&objects_gone);
}

void bus_objects_wait(void)
{
	wait_event(objects_gone, atomic_read(&objects) == 0);
}

static bool may_drive(struct lis_vmbus_device *device, struct bus_driver *driver)
{
	bool overridden, same;

	/* The device is not always locked here. */
	spin_lock(&device->override_lock);
	overridden = device->driver_override != NULL;
	same = overridden && strcmp(device->driver_override, driver->lis->name) == 0;
	spin_unlock(&device->override_lock);
	if (overridden)
		return same;
	return driver_has_class(driver, &lis_vmbus_channel_offer(device->channel)->class_id);
}

static int bus_match(struct device *base, lis_match_driver_t *driver)
{
	struct lis_vmbus_device *device = to_lis_device(base);

	return READ_ONCE(device->bindable) &&
	       may_drive(device, to_bus_driver((struct device_driver *)driver));
}

static int bus_uevent(LIS_UEVENT_ARGUMENTS)
{
	const struct lis_vmbus_device *device =
		container_of(base, const struct lis_vmbus_device, base);
	const uint8_t *id = lis_vmbus_channel_offer(device->channel)->class_id.bytes;
	char text[2 * 16 + 1];
	unsigned int i;

	for (i = 0; i < 16; i++)
		sprintf(text + 2 * i, "%02x", id[i]);
	return lis_uevent_add("MODALIAS=vmbus:%s", text);
}

/* A driver that is gone must not be called, and the next one gets the sub-channels. */
static void forget_handler(struct device *base)
{
	lis_vmbus_channel_on_subchannel(to_lis_device(base)->channel, NULL, NULL);
}

static int bus_probe(struct device *base)
{
	int result = to_bus_driver(base->driver)->lis->probe(to_lis_device(base));

	if (result) {
		forget_handler(base);
		lis_os_log(LIS_OS_LOG_ERROR, "probe failed for device %s (%d)", lis_dev_name(base), result);
	}
	return result;
}

static lis_bus_remove_t bus_remove(struct device *base)
{
	if (base->driver) {
		to_bus_driver(base->driver)->lis->remove(to_lis_device(base));
		forget_handler(base);
	}
	return LIS_BUS_REMOVED;
}

static void bus_shutdown(struct device *base)
{
	if (base->driver && to_bus_driver(base->driver)->lis->shutdown)
		to_bus_driver(base->driver)->lis->shutdown(to_lis_device(base));
}

struct bus_type vmbus_bus = {
	.name = "vmbus",
	.match = bus_match,
	.uevent = bus_uevent,
	.probe = bus_probe,
	.remove = bus_remove,
	.shutdown = bus_shutdown,
#ifdef LIS_HAVE_BUS_PM
	.pm = &device_power_operations,
#else
	.suspend = device_suspend_legacy,
#endif
#ifndef LIS_HAVE_DEVICE_GROUPS
	.dev_attrs = device_attributes_of_bus,
#endif
};

#ifdef LIS_HAVE_HV_IS_HIBERNATION_SUPPORTED

static ssize_t hibernation_show(lis_attribute_bus_t *bus, char *text)
{
	return sprintf(text, "%d\n", hv_is_hibernation_supported() ? 1 : 0);
}

static struct bus_attribute hibernation_attribute = __ATTR(hibernation, S_IRUGO, hibernation_show, NULL);

static int hibernation_add(void)
{
	return bus_create_file(&vmbus_bus, &hibernation_attribute);
}

static void hibernation_remove(void)
{
	bus_remove_file(&vmbus_bus, &hibernation_attribute);
}

#else

static int hibernation_add(void)
{
	return 0;
}

static void hibernation_remove(void)
{
}

#endif

int bus_init(void)
{
	int result = -EEXIST;

	/* bus_register() would also fail, with a call trace. */
	if (!lis_path_exists("/sys/bus/vmbus"))
		result = bus_register(&vmbus_bus);
	if (result) {
		lis_os_log(LIS_OS_LOG_ERROR, "not loaded: another hv_vmbus owns the bus (%d)", result);
		return result;
	}
	result = hibernation_add();
	if (result)
		bus_unregister(&vmbus_bus);
	return result;
}

void bus_exit(void)
{
	hibernation_remove();
	bus_unregister(&vmbus_bus);
}
