/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_power, required: one
 * The older way: suspend(device, message) and resume(device) in the bus itself.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, suspend, int (*)(struct device *, pm_message_t));
