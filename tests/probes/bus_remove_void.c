/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_remove, required: one
 * 5.15: remove() of a bus returns nothing. Back-ported to RHEL 9.6 or before.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, remove, void (*)(struct device *));
