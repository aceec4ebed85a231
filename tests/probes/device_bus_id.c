/* SPDX-License-Identifier: GPL-2.0-only */
/* family: device_name, required: one
 * Until 2.6.29: the name is an array in struct device.
 */
#include <linux/device.h>
#include "probe.h"

char lis_probe(struct device *device) { return device->bus_id[0]; }
