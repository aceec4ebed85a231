/* SPDX-License-Identifier: GPL-2.0-only */
/* family: kobject_add, required: one
 * 2.6.25: with the type as an argument. Not in RHEL 5.
 */
#include <linux/kobject.h>

int lis_probe(struct kobject *kobject, struct kobj_type *type, struct kobject *parent)
{
	return kobject_init_and_add(kobject, type, parent, "%d", 1);
}
