/* SPDX-License-Identifier: GPL-2.0-only */
/* The device model: signatures that changed, names that were shorter. */
#ifndef LIS_COMPAT_DEVICE_H
#define LIS_COMPAT_DEVICE_H

#include <compat/compat.h>

#include <linux/device.h>
#include <linux/errno.h>
#include <linux/kobject.h>

/* Kernels since 3.4 let a device wait while the machine resumes; none returns it before. */
#ifndef EPROBE_DEFER
#define EPROBE_DEFER 517
#endif

/* struct bus_type's callbacks: parameters, and what remove returns. */
#ifdef LIS_HAVE_BUS_MATCH_CONST_DRIVER
typedef const struct device_driver lis_match_driver_t;
#else
typedef struct device_driver lis_match_driver_t;
#endif

#ifdef LIS_HAVE_BUS_REMOVE_VOID
typedef void lis_bus_remove_t;
#define LIS_BUS_REMOVED
#else
typedef int lis_bus_remove_t;
#define LIS_BUS_REMOVED 0
#endif

#if defined(LIS_HAVE_BUS_UEVENT_CONST_DEVICE)
#define LIS_UEVENT_ARGUMENTS const struct device *base, struct kobj_uevent_env *environment
#define lis_uevent_add(format, ...) add_uevent_var(environment, format, __VA_ARGS__)
#elif defined(LIS_HAVE_BUS_UEVENT_DEVICE)
#define LIS_UEVENT_ARGUMENTS struct device *base, struct kobj_uevent_env *environment
#define lis_uevent_add(format, ...) add_uevent_var(environment, format, __VA_ARGS__)
#else
/* One variable only, which is what the bus adds. */
#define LIS_UEVENT_ARGUMENTS struct device *base, char **variables, int count, char *buffer, int size
#define lis_uevent_add(format, ...)                                          \
	({                                                                   \
		int lis_at = 0, lis_length = 0;                              \
		int lis_result = add_uevent_var(variables, count, &lis_at, buffer, size, &lis_length, \
						format, __VA_ARGS__);        \
		variables[lis_at] = NULL;                                    \
		lis_result;                                                  \
	})
#endif

#ifdef LIS_HAVE_DEV_SET_NAME
#define lis_dev_set_name(device, format, ...) dev_set_name(device, format, __VA_ARGS__)
#define lis_dev_name(device) dev_name(device)
#else
/* 19 characters: a GUID does not fit. The last of them are those that differ. */
#define lis_dev_set_name(device, format, ...)                                              \
	({                                                                                 \
		char lis_name[64];                                                         \
		int lis_length = snprintf(lis_name, sizeof(lis_name), format, __VA_ARGS__); \
		strlcpy((device)->bus_id,                                                  \
			lis_name + (lis_length < BUS_ID_SIZE ? 0 : lis_length - BUS_ID_SIZE + 1), \
			BUS_ID_SIZE);                                                      \
		0;                                                                         \
	})
#define lis_dev_name(device) ((device)->bus_id)
#endif

#ifdef LIS_HAVE_BUS_ATTRIBUTE_CONST
typedef const struct bus_type lis_attribute_bus_t;
#else
typedef struct bus_type lis_attribute_bus_t;
#endif

#ifdef LIS_HAVE_DRIVER_ATTACH_INT
#define lis_driver_attach(driver) driver_attach(driver)
#else
#define lis_driver_attach(driver) ({ driver_attach(driver); 0; })
#endif

/* Attributes of sysfs: older kernels want to know the module. */
#ifdef LIS_HAVE_ATTRIBUTE_OWNER
#define LIS_ATTRIBUTE(attribute_name, attribute_mode) \
	{ .name = attribute_name, .mode = attribute_mode, .owner = THIS_MODULE }
#else
#define LIS_ATTRIBUTE(attribute_name, attribute_mode) { .name = attribute_name, .mode = attribute_mode }
#endif

#ifdef LIS_HAVE_SYSFS_OPS_CONST
#define LIS_SYSFS_OPS const struct sysfs_ops
#else
#define LIS_SYSFS_OPS struct sysfs_ops
#endif

#endif
