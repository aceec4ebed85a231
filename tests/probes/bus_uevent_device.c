/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_uevent, required: one
 * 2.6.24 to 6.2: the environment is a struct.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, uevent, int (*)(struct device *, struct kobj_uevent_env *));
