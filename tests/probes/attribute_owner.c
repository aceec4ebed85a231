/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Until 2.6.35: an attribute names its module.
 */
#include <linux/module.h>
#include <linux/sysfs.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct attribute, owner, struct module *);
