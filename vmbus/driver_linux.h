/* SPDX-License-Identifier: GPL-2.0-only */
/* A driver in the device model. */
#ifndef VMBUS_DRIVER_LINUX_H
#define VMBUS_DRIVER_LINUX_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include <lis/vmbus.h>

struct bus_driver {
	struct device_driver base;
	struct lis_vmbus_driver *lis;
	spinlock_t lock;
	struct list_head ids; /* written to new_id; under lock */
};

#define to_bus_driver(driver) container_of(driver, struct bus_driver, base)

/* Whether the class is in the driver's table or was written to new_id. Any context. */
bool driver_has_class(struct bus_driver *driver, const struct lis_guid *class_id);

#endif
