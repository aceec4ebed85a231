/* SPDX-License-Identifier: GPL-2.0-only */
/* Directories of our own in sysfs. */
#ifndef LIS_COMPAT_KOBJECT_H
#define LIS_COMPAT_KOBJECT_H

#include <compat/compat.h>

#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#ifdef LIS_HAVE_KSET_CREATE_AND_ADD
#define lis_kset_create(name, parent) kset_create_and_add(name, NULL, parent)
#else
static inline void lis_kset_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct kset, kobj));
}

/* Its release is this module's code, and is not counted: such kernels refuse the module at load. */
static inline struct kset *lis_kset_create(const char *name, struct kobject *parent)
{
	static struct kobj_type type = { .release = lis_kset_release };
	struct kset *kset = kzalloc(sizeof(*kset), GFP_KERNEL);

	if (!kset)
		return NULL;
	kobject_set_name(&kset->kobj, "%s", name);
	kset->kobj.parent = parent;
	kset->kobj.ktype = &type;
	if (kset_register(kset)) {
		kfree(kset);
		return NULL;
	}
	return kset;
}
#endif

/*
 * A member of kset. On an error the caller still has a reference, which
 * kobject_put() ends, as after success.
 */
static inline int lis_kobject_add(struct kobject *kobj, struct kobj_type *type, struct kset *kset,
				  unsigned int number)
{
	kobj->kset = kset;
#ifdef LIS_HAVE_KOBJECT_INIT_AND_ADD
	return kobject_init_and_add(kobj, type, NULL, "%u", number);
#else
	kobj->ktype = type;
	kobject_init(kobj);
	kobject_set_name(kobj, "%u", number);
	return kobject_add(kobj);
#endif
}

static inline int lis_kobject_rename(struct kobject *kobj, const char *name)
{
#ifdef LIS_HAVE_KOBJECT_INIT_AND_ADD
	return kobject_rename(kobj, name);
#else
	return -EOPNOTSUPP; /* 2.6.18 does not export it */
#endif
}

#endif
