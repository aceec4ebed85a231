/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_device_attributes, required: one
 * The older way, an array. RHEL 5 to 7 have it.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, dev_attrs, struct device_attribute *);
