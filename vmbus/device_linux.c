// SPDX-License-Identifier: GPL-2.0-only
/* Devices of primaries, and the directories of all channels. */
#include <compat/compat.h>
#include <compat/device.h>
#include <compat/kobject.h>

#include <linux/slab.h>
#include <linux/string.h>

#include "acpi_linux.h"
#include "bus_linux.h"
#include "device_linux.h"
#include "vmbus_core.h"

struct device *lis_vmbus_device_base(struct lis_vmbus_device *device)
{
	return &device->base;
}

struct lis_vmbus_channel *lis_vmbus_device_channel(struct lis_vmbus_device *device)
{
	return device->channel;
}

void *lis_vmbus_device_data(const struct lis_vmbus_device *device)
{
	return device->driver_data;
}

void lis_vmbus_device_set_data(struct lis_vmbus_device *device, void *data)
{
	device->driver_data = data;
}

static void device_release(struct device *base)
{
	struct lis_vmbus_device *device = to_lis_device(base);

	if (device->channels)
		kset_put(device->channels);
	lis_vmbus_channel_put(device->channel);
	kfree(device->driver_override);
	kfree(device);
	bus_object_released();
}

static struct lis_vmbus_device *device_create_for(struct lis_vmbus_channel *channel)
{
	const struct lis_vmbus_offer *offer = lis_vmbus_channel_offer(channel);
	struct lis_vmbus_device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	char name[LIS_GUID_TEXT];

	if (!device)
		return NULL;
	lis_vmbus_channel_get(channel);
	device->channel = channel;
	spin_lock_init(&device->override_lock);
	bus_object_created();
	device_initialize(&device->base);

	device->base.parent = acpi_parent();
	device->base.bus = &vmbus_bus;
	device->base.release = device_release;
	/* The host reads and writes guest memory by guest-physical address, all of it. */
	device->dma_mask = ~0ULL;
	device->base.dma_mask = &device->dma_mask;
	device->base.coherent_dma_mask = ~0ULL;
#ifdef LIS_HAVE_DEVICE_DMA_PARMS
	device->base.dma_parms = &device->dma_parameters;
#endif
#ifdef LIS_HAVE_DEVICE_GROUPS
	device->base.groups = device_attribute_groups(channel);
#endif
	guid_format(name, &offer->instance);
	if (lis_dev_set_name(&device->base, "%s", name)) {
		put_device(&device->base);
		return NULL;
	}
	return device;
}

struct channel_directory *channel_directory_add(struct lis_vmbus_device *device,
						struct lis_vmbus_channel *channel)
{
	struct channel_directory *directory = kzalloc(sizeof(*directory), GFP_KERNEL);

	if (!directory)
		return NULL;
	lis_vmbus_channel_get(channel);
	directory->channel = channel;
	directory->device = device;
	bus_object_created();
	if (lis_kobject_add(&directory->kobj, &channel_directory_type, device->channels,
			    lis_vmbus_channel_offer(channel)->relid))
		goto put;
	if (channel_attributes_add(directory))
		goto delete;
	kobject_uevent(&directory->kobj, KOBJ_ADD);
	return directory;

delete:
	kobject_del(&directory->kobj);
put:
	kobject_put(&directory->kobj);
	return NULL;
}

void channel_directory_remove(struct channel_directory *directory)
{
	channel_attributes_remove(directory);
	kobject_del(&directory->kobj);
	kobject_put(&directory->kobj);
}

/* The directory, and a reference on it beside the one that kset_unregister() ends. */
static int channels_create(struct lis_vmbus_device *device)
{
	struct kset *channels = lis_kset_create("channels", &device->base.kobj);

	if (!channels)
		return -ENOMEM;
	WRITE_ONCE(device->channels, kset_get(channels));
	return 0;
}

int32_t vmbus_shim_device_add(struct lis_vmbus_channel *primary)
{
	struct lis_vmbus_device *device = device_create_for(primary);
	struct channel_directory *directory;
	int result;

	if (!device)
		return -ENOMEM;
	/* Not bindable yet: a probe may open sub-channels, and those need the directory. */
	result = device_add(&device->base);
	if (result)
		goto put;
	result = channels_create(device);
	if (result)
		goto delete;
	directory = channel_directory_add(device, primary);
	if (!directory) {
		result = -ENOMEM;
		goto remove_channels;
	}
	vmbus_core_channel_set_shim(primary, directory);
	WRITE_ONCE(device->bindable, true);
	/* Without a driver, or with one that fails, it is a device all the same. While the machine resumes it waits. */
	result = device_attach(&device->base);
	if (result < 0 && result != -EPROBE_DEFER)
		lis_os_log(LIS_OS_LOG_WARNING, "%s: cannot bind", lis_dev_name(&device->base));
	return 0;

remove_channels:
	kset_unregister(device->channels);
delete:
	device_del(&device->base);
put:
	put_device(&device->base);
	return result;
}

void vmbus_shim_device_remove(struct lis_vmbus_channel *primary)
{
	struct channel_directory *directory = vmbus_core_channel_shim(primary);
	struct lis_vmbus_device *device;

	if (!directory)
		return;
	device = directory->device;
	WRITE_ONCE(device->bindable, false);
	/* First of all, so that the driver's remove still finds everything in place. */
	device_release_driver(&device->base);
	vmbus_core_channel_set_shim(primary, NULL);
	channel_directory_remove(directory);
	kset_unregister(device->channels);
	device_unregister(&device->base);
}

int32_t vmbus_shim_subchannel_add(struct lis_vmbus_channel *subchannel)
{
	struct channel_directory *of_primary =
		vmbus_core_channel_shim(vmbus_core_channel_primary(subchannel));
	struct channel_directory *directory;

	if (!of_primary)
		return -ENODEV;
	directory = channel_directory_add(of_primary->device, subchannel);
	if (!directory)
		return -ENOMEM;
	vmbus_core_channel_set_shim(subchannel, directory);
	return 0;
}

void vmbus_shim_subchannel_remove(struct lis_vmbus_channel *subchannel)
{
	struct channel_directory *directory = vmbus_core_channel_shim(subchannel);

	if (!directory)
		return;
	vmbus_core_channel_set_shim(subchannel, NULL);
	channel_directory_remove(directory);
}

void vmbus_shim_device_reoffered(struct lis_vmbus_channel *primary, uint32_t old_relid)
{
	struct channel_directory *directory = vmbus_core_channel_shim(primary);
	uint32_t relid = lis_vmbus_channel_offer(primary)->relid;
	char name[12];

	if (!directory || relid == old_relid)
		return;
	snprintf(name, sizeof(name), "%u", relid);
	if (lis_kobject_rename(&directory->kobj, name))
		lis_os_log(LIS_OS_LOG_WARNING, "%s: channels/%u is now channel %u",
			   lis_dev_name(&directory->device->base), old_relid, relid);
}

int device_for_each_channel(struct lis_vmbus_device *device,
			    int (*visit)(struct lis_vmbus_channel *channel, void *context), void *context)
{
	struct kset *channels = READ_ONCE(device->channels);
	struct kobject *object;
	int result = visit(device->channel, context);

	if (!channels)
		return result;
	/* The directories' references keep the channels; members leave the list under this lock. */
	spin_lock(&channels->list_lock);
	list_for_each_entry(object, &channels->list, entry) {
		struct lis_vmbus_channel *channel = to_channel_directory(object)->channel;

		if (result)
			break;
		if (channel != device->channel)
			result = visit(channel, context);
	}
	spin_unlock(&channels->list_lock);
	return result;
}
