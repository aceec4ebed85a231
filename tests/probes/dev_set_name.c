/* SPDX-License-Identifier: GPL-2.0-only */
/* family: device_name, required: one
 * 2.6.26: names of any length. Not in RHEL 5.
 */
#include <linux/device.h>
#include "probe.h"

int lis_probe(struct device *device) { return dev_set_name(device, "%d", 1); }
