/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.11: DEVICE_ATTR_RW. Back-ported to RHEL 6.6 or before.
 */
#include <linux/device.h>
#include "probe.h"

static ssize_t name_show(struct device *device, struct device_attribute *attribute, char *text)
{
	return 0;
}

static ssize_t name_store(struct device *device, struct device_attribute *attribute, const char *text, size_t length)
{
	return length;
}

DEVICE_ATTR_RW(name);
struct attribute *lis_probe = &dev_attr_name.attr;
