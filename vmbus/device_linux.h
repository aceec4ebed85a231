/* SPDX-License-Identifier: GPL-2.0-only */
/* A bound or unbound primary channel in the device model, and channels in sysfs. */
#ifndef VMBUS_DEVICE_LINUX_H
#define VMBUS_DEVICE_LINUX_H

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/kobject.h>
#include <linux/spinlock.h>

#include <lis/vmbus.h>

struct lis_vmbus_device {
	struct device base;
	struct lis_vmbus_channel *channel; /* a reference, until the device is released */
	void *driver_data;
	spinlock_t override_lock;
	char *driver_override; /* NULL, or the only driver that may bind; under override_lock */
	struct kset *channels; /* the directory; a reference, NULL until the device is in sysfs */
	bool bindable;	       /* complete, and not on its way out */
	u64 dma_mask;
#ifdef LIS_HAVE_DEVICE_DMA_PARMS
	struct device_dma_parameters dma_parameters;
#endif
};

#define to_lis_device(device) container_of(device, struct lis_vmbus_device, base)

/* channels/<relid>: what the core keeps as the shim's pointer with each channel. */
struct channel_directory {
	struct kobject kobj;
	struct lis_vmbus_channel *channel; /* a reference, until kobj is released */
	struct lis_vmbus_device *device;   /* a primary's: its own; a sub-channel's: its primary's */
};

#define to_channel_directory(object) container_of(object, struct channel_directory, kobj)

/* The device's directory of this channel. The core's pointer is not touched. */
struct channel_directory *channel_directory_add(struct lis_vmbus_device *device,
						struct lis_vmbus_channel *channel);
void channel_directory_remove(struct channel_directory *directory);

/*
 * Runs visit for each channel of the device, the primary first, until one answers
 * other than 0; that answer, or 0. visit must not sleep.
 */
int device_for_each_channel(struct lis_vmbus_device *device,
			    int (*visit)(struct lis_vmbus_channel *channel, void *context), void *context);

/* sysfs_device_linux.c: what the device shows. Chosen by the offer. */
#ifdef LIS_HAVE_DEVICE_GROUPS
const struct attribute_group **device_attribute_groups(const struct lis_vmbus_channel *channel);
#else
extern struct device_attribute device_attributes_of_bus[];
#endif

/* sysfs_channel_linux.c */
extern struct kobj_type channel_directory_type;
int channel_attributes_add(struct channel_directory *directory);
void channel_attributes_remove(struct channel_directory *directory);

#endif
