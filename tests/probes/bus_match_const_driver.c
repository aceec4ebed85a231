/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_match, required: one
 * 6.11: match() takes a const driver. Back-ported to RHEL 10.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, match, int (*)(struct device *, const struct device_driver *));
