/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_power, required: one
 * 2.6.30: a bus has struct dev_pm_ops. Not in RHEL 5.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, pm, const struct dev_pm_ops *);
