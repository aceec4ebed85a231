/* SPDX-License-Identifier: GPL-2.0-only */
/* family: kobj_type_attributes, required: one
 * 5.2. Back-ported to RHEL 8.3 or before.
 */
#include <linux/kobject.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct kobj_type, default_groups, const struct attribute_group **);
