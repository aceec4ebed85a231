// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the ACPI device VMBUS and the MMIO windows that it or one of its ancestors
 * has (protocol.md 2.9). The devices' place in sysfs, and so their by-path names,
 * follow the kernel's own hv_vmbus: below the ACPI device, also since it changed to a
 * platform driver in 6.4, when remove() of ACPI drivers became void.
 */
#include <compat/acpi.h>
#include <compat/compat.h>

#include <linux/acpi.h>
#include <linux/module.h>

#include <lis/os.h>

#include "acpi_linux.h"
#include "power_linux.h"

static struct device *parent;
static bool found;

static acpi_status take_window(struct acpi_resource *resource, void *context)
{
	/* Windows are "address" descriptors; "memory" ones are registers of devices. */
	if (resource->type == ACPI_RESOURCE_TYPE_ADDRESS32)
		mmio_add_window(LIS_ACPI_MINIMUM(resource->data.address32),
				LIS_ACPI_MAXIMUM(resource->data.address32));
	else if (resource->type == ACPI_RESOURCE_TYPE_ADDRESS64)
		mmio_add_window(LIS_ACPI_MINIMUM(resource->data.address64),
				LIS_ACPI_MAXIMUM(resource->data.address64));
	return AE_OK;
}

/* The nearest of the device and its ancestors that has windows. */
static void find_windows(acpi_handle handle)
{
	for (;;) {
		acpi_walk_resources(handle, METHOD_NAME__CRS, take_window, NULL);
		if (mmio_has_windows()) {
			mmio_reserve_screen();
			return;
		}
		if (ACPI_FAILURE(acpi_get_parent(handle, &handle)) || handle == ACPI_ROOT_OBJECT)
			return;
	}
}

static int take_device(struct device *device, acpi_handle handle)
{
	if (found)
		return -EBUSY; /* one bus; a second description of it is left alone */
	found = true;
	parent = device;
	find_windows(handle);
	return 0;
}

static void drop_device(void)
{
	mmio_forget();
	parent = NULL;
	found = false;
}

#ifdef LIS_HAVE_ACPI_DRIVER_IDS_TABLE
static const struct acpi_device_id device_ids[] = {
	{ "VMBUS", 0 },
	{ "VMBus", 0 },
	{ "", 0 },
};
#endif

#ifdef LIS_HAVE_ACPI_DRIVER_REMOVE_VOID

#include <linux/platform_device.h>

static int platform_probe(struct platform_device *device)
{
	struct acpi_device *description = ACPI_COMPANION(&device->dev);

	return description ? take_device(LIS_ACPI_DEVICE(description), description->handle) : -ENODEV;
}

static lis_platform_remove_t platform_remove(struct platform_device *device)
{
	drop_device();
	return LIS_PLATFORM_REMOVED;
}

static struct platform_driver driver = {
	.probe = platform_probe,
	.remove = platform_remove,
	.driver = {
		.name = "vmbus",
		.owner = THIS_MODULE,
		.acpi_match_table = device_ids,
		.pm = &bus_power_operations,
		/* Every device here hangs on it. */
		.suppress_bind_attrs = true,
	},
};

static int driver_add(void)
{
	return platform_driver_register(&driver);
}

static void driver_remove(void)
{
	platform_driver_unregister(&driver);
}

#else

static int driver_add_device(struct acpi_device *device)
{
	return take_device(LIS_ACPI_DEVICE(device), device->handle);
}

static int driver_remove_device(LIS_ACPI_REMOVE_ARGUMENTS)
{
	drop_device();
	return 0;
}

static struct acpi_driver driver = {
	.name = "vmbus",
#ifdef LIS_HAVE_ACPI_DRIVER_IDS_TABLE
	.ids = device_ids,
#else
	.ids = "VMBUS,VMBus",
#endif
	.ops = {
		.add = driver_add_device,
		.remove = driver_remove_device,
	},
#ifdef LIS_HAVE_BUS_PM
	.drv = {
		.pm = &bus_power_operations,
		/* Every device here hangs on it. */
		.suppress_bind_attrs = true,
	},
#endif
};

static int driver_add(void)
{
	int result = acpi_bus_register_driver(&driver);

	return result < 0 ? result : 0; /* it may be a count of devices */
}

static void driver_remove(void)
{
	acpi_bus_unregister_driver(&driver);
}

#endif

struct device *acpi_parent(void)
{
	return parent;
}

int acpi_part_init(void)
{
	int result = driver_add();

	if (result)
		return result;
	if (!found) {
		driver_remove();
		lis_os_log(LIS_OS_LOG_ERROR, "not loaded: the firmware's ACPI tables describe no VMBus");
		return -ENODEV;
	}
	return 0;
}

void acpi_part_exit(void)
{
	driver_remove();
}
