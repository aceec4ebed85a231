/* SPDX-License-Identifier: GPL-2.0-only */
/* family: kobject_add, required: one
 * Until 2.6.24: name, type and parent are set in the struct first.
 */
#include <linux/kobject.h>

int lis_probe(struct kobject *kobject) { return kobject_register(kobject); }
