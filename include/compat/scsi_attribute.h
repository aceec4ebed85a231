/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of a SCSI host that are only read:
 *
 *	static ssize_t name_show(struct Scsi_Host *scsi, char *text);
 *	LIS_HOST_ATTRIBUTE(name);
 *	LIS_HOST_ATTRIBUTES(attributes, LIS_HOST_ATTRIBUTE_OF(name));
 *
 * and in the host template: .LIS_TEMPLATE_ATTRIBUTES = attributes.
 */
#ifndef LIS_COMPAT_SCSI_ATTRIBUTE_H
#define LIS_COMPAT_SCSI_ATTRIBUTE_H

#include <compat/scsi.h>

#include <linux/device.h>
#include <linux/stat.h>
#include <linux/sysfs.h>

#if defined(LIS_HAVE_SHOST_ATTRS_CLASS)
#define LIS_HOST_ATTRIBUTE(name)                                                 \
	static ssize_t name##_show_host(struct class_device *device, char *text) \
	{                                                                        \
		return name##_show(class_to_shost(device), text);                \
	}                                                                        \
	static struct class_device_attribute host_attribute_##name =             \
		__ATTR(name, S_IRUGO, name##_show_host, NULL)
#else
#define LIS_HOST_ATTRIBUTE(name)                                                                                \
	static ssize_t name##_show_host(struct device *device, struct device_attribute *attribute, char *text) \
	{                                                                                                       \
		return name##_show(class_to_shost(device), text);                                               \
	}                                                                                                       \
	static struct device_attribute host_attribute_##name = __ATTR(name, S_IRUGO, name##_show_host, NULL)
#endif

#define LIS_HOST_ATTRIBUTE_OF(name) &host_attribute_##name LIS_HOST_ATTRIBUTE_MEMBER

#if defined(LIS_HAVE_SHOST_GROUPS)
typedef const struct attribute_group *lis_host_attributes;
#define LIS_HOST_ATTRIBUTE_MEMBER .attr
#define LIS_TEMPLATE_ATTRIBUTES shost_groups
#define LIS_HOST_ATTRIBUTES(name, ...)                                               \
	static struct attribute *name##_list[] = { __VA_ARGS__, NULL };              \
	static const struct attribute_group name##_group = { .attrs = name##_list }; \
	lis_host_attributes name[] = { &name##_group, NULL }
#else
#ifdef LIS_HAVE_SHOST_ATTRS_CLASS
typedef struct class_device_attribute *lis_host_attributes;
#else
typedef struct device_attribute *lis_host_attributes;
#endif
#define LIS_HOST_ATTRIBUTE_MEMBER
#define LIS_TEMPLATE_ATTRIBUTES shost_attrs
#define LIS_HOST_ATTRIBUTES(name, ...) lis_host_attributes name[] = { __VA_ARGS__, NULL }
#endif

#endif
