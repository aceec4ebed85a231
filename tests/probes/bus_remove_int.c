/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_remove, required: one
 * Until 5.14.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, remove, int (*)(struct device *));
