/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_match, required: one
 * Until 6.10.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, match, int (*)(struct device *, struct device_driver *));
