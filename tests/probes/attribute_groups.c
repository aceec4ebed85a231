/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.11: ATTRIBUTE_GROUPS. Not in RHEL 6.
 */
#include <linux/device.h>
#include "probe.h"

static struct attribute *name_attrs[] = { NULL };

ATTRIBUTE_GROUPS(name);
const struct attribute_group **lis_probe = name_groups;
