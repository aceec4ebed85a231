/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.11: DEVICE_ATTR_RO. Back-ported to RHEL 6.6 or before.
 */
#include <linux/device.h>
#include "probe.h"

static ssize_t name_show(struct device *device, struct device_attribute *attribute, char *text)
{
	return 0;
}

DEVICE_ATTR_RO(name);
struct attribute *lis_probe = &dev_attr_name.attr;
