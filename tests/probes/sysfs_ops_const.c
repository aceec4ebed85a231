/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.34: a kobject type's operations are const.
 */
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct kobj_type, sysfs_ops, const struct sysfs_ops *);
