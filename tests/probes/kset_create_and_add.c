/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.25. Not in RHEL 5.
 */
#include <linux/kobject.h>

struct kset *lis_probe(struct kobject *parent) { return kset_create_and_add("name", NULL, parent); }
