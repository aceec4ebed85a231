/* SPDX-License-Identifier: GPL-2.0-only */
/* family: add_uevent_var, required: one
 * 2.6.24: adds to a struct.
 */
#include <linux/kobject.h>

int lis_probe(struct kobj_uevent_env *env) { return add_uevent_var(env, "NAME=%d", 1); }
