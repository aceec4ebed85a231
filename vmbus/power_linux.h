/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hibernation. Sleep states that keep memory and the host's state need nothing; for
 * an image the devices close their channels, the bus disconnects, and the last CPU
 * turns its SynIC off. All in the noirq phases: assigned PCI devices resume there too.
 */
#ifndef VMBUS_POWER_LINUX_H
#define VMBUS_POWER_LINUX_H

#include <linux/device.h>
#include <linux/pm.h>

#ifdef LIS_HAVE_BUS_PM
extern const struct dev_pm_ops device_power_operations; /* of each device on the bus */
extern const struct dev_pm_ops bus_power_operations;	/* of their parent */
#else
/* Refuses: this kernel cannot tell an image from a nap. */
int device_suspend_legacy(struct device *base, pm_message_t state);
#endif

/* After the connection stands. */
void power_init(void);
void power_exit(void);

#endif
