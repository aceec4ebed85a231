/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.32 at the latest: struct device has attribute groups of its own. Not in RHEL 5.
 */
#include <linux/device.h>
#include "probe.h"

int lis_probe(struct device *device) { return device->groups != 0; }
