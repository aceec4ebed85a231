/* SPDX-License-Identifier: GPL-2.0-only */
/* family: kobj_type_attributes, required: one
 * The older way, an array.
 */
#include <linux/kobject.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct kobj_type, default_attrs, struct attribute **);
