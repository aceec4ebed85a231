/* SPDX-License-Identifier: GPL-2.0-only */
/* family: bus_uevent, required: one
 * 6.3: uevent() takes a const device. Back-ported to RHEL 9.6 or before.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct bus_type, uevent, int (*)(const struct device *, struct kobj_uevent_env *));
