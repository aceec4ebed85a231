/* SPDX-License-Identifier: GPL-2.0-only */
/* The bus in the device model: /sys/bus/vmbus. */
#ifndef VMBUS_BUS_LINUX_H
#define VMBUS_BUS_LINUX_H

#include <linux/device.h>

#include <lis/vmbus.h>

extern struct bus_type vmbus_bus;

/* 0, or a negative error that was said in the log: another hv_vmbus owns the bus. */
int bus_init(void);
void bus_exit(void);

/*
 * Devices and channel directories that still exist for somebody who holds a
 * reference, although the bus has let go of them. Their release runs our code, so
 * the module waits for them before it goes.
 */
void bus_object_created(void);
void bus_object_released(void);
void bus_objects_wait(void);

#define LIS_GUID_TEXT 37 /* with the terminating 0 */

void guid_format(char text[LIS_GUID_TEXT], const struct lis_guid *guid);
/* From the form with dashes, with or without braces; what follows is ignored. */
int guid_parse_text(const char *text, struct lis_guid *guid);

#endif
