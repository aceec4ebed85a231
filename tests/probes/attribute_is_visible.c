/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A group may hide attributes. Not in RHEL 5.
 */
#include <linux/kobject.h>
#include <linux/sysfs.h>
#include "probe.h"

int lis_probe(struct attribute_group *group) { return group->is_visible != 0; }
