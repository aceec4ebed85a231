// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/bus/vmbus/devices/<instance>/: the names and formats of the kernel's own
 * hv_vmbus, which lsvmbus, udev rules and test suites read.
 */
#include <compat/compat.h>
#include <compat/device.h>

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "bus_linux.h"
#include "device_linux.h"
#include "vmbus_core.h"

#define VENDOR_MICROSOFT 0x1414

#define SHOW(attribute)                                                                            \
	static ssize_t attribute##_show(struct device *base, struct device_attribute *unused, char *text)

static const struct lis_vmbus_offer *offer_of(struct device *base)
{
	return lis_vmbus_channel_offer(to_lis_device(base)->channel);
}

static struct vmbus_core_channel_status status_of(struct device *base)
{
	struct vmbus_core_channel_status status;

	vmbus_core_channel_status(to_lis_device(base)->channel, &status);
	return status;
}

SHOW(id)
{
	return sprintf(text, "%d\n", offer_of(base)->relid);
}

SHOW(state)
{
	return sprintf(text, "%d\n", status_of(base).state);
}

static ssize_t show_guid(char *text, const struct lis_guid *guid)
{
	char digits[LIS_GUID_TEXT];

	guid_format(digits, guid);
	return sprintf(text, "{%s}\n", digits);
}

SHOW(class_id)
{
	return show_guid(text, &offer_of(base)->class_id);
}

SHOW(device_id)
{
	return show_guid(text, &offer_of(base)->instance);
}

SHOW(modalias)
{
	const uint8_t *id = offer_of(base)->class_id.bytes;
	ssize_t length = sprintf(text, "vmbus:");
	unsigned int i;

	for (i = 0; i < 16; i++)
		length += sprintf(text + length, "%02x", id[i]);
	return length + sprintf(text + length, "\n");
}

SHOW(vendor)
{
	return sprintf(text, "0x%x\n", VENDOR_MICROSOFT);
}

SHOW(device)
{
	return sprintf(text, "0x%x\n", vmbus_core_class_device_number(&offer_of(base)->class_id));
}

#ifdef CONFIG_NUMA
SHOW(numa_node)
{
	return sprintf(text, "%d\n", cpu_to_node(lis_vmbus_channel_cpu(to_lis_device(base)->channel)));
}
#endif

struct mapping {
	char *text;
	int length;
};

static int map_channel(struct lis_vmbus_channel *channel, void *context)
{
	struct mapping *mapping = context;

	mapping->length += scnprintf(mapping->text + mapping->length, PAGE_SIZE - mapping->length, "%u:%u\n",
				     lis_vmbus_channel_offer(channel)->relid, lis_vmbus_channel_cpu(channel));
	return 0;
}

SHOW(channel_vp_mapping)
{
	struct mapping mapping = { text, 0 };

	device_for_each_channel(to_lis_device(base), map_channel, &mapping);
	return mapping.length;
}

SHOW(driver_override)
{
	struct lis_vmbus_device *device = to_lis_device(base);
	ssize_t length;

	spin_lock(&device->override_lock);
	length = scnprintf(text, PAGE_SIZE, "%s\n", device->driver_override ? device->driver_override : "(null)");
	spin_unlock(&device->override_lock);
	return length;
}

/* An empty line, or nothing, takes it back. */
static ssize_t driver_override_store(struct device *base, struct device_attribute *unused, const char *text,
				     size_t count)
{
	struct lis_vmbus_device *device = to_lis_device(base);
	size_t length = strcspn(text, "\n");
	char *old, *name = NULL;

	if (count >= PAGE_SIZE - 1)
		return -EINVAL;
	if (length) {
		name = kmalloc(length + 1, GFP_KERNEL);
		if (!name)
			return -ENOMEM;
		memcpy(name, text, length);
		name[length] = 0;
	}
	spin_lock(&device->override_lock);
	old = device->driver_override;
	device->driver_override = name;
	spin_unlock(&device->override_lock);
	kfree(old);
	return count;
}

/* A ring's value, or an error while there is no ring. */
#define SHOW_RING(name, ring, member)                                                  \
	SHOW(name)                                                                     \
	{                                                                              \
		struct vmbus_core_channel_status status = status_of(base);             \
                                                                                       \
		return status.open ? sprintf(text, "%d\n", status.ring.member) : -EINVAL; \
	}

SHOW_RING(out_intr_mask, send, interrupt_mask)
SHOW_RING(out_read_index, send, read_index)
SHOW_RING(out_write_index, send, write_index)
SHOW_RING(out_read_bytes_avail, send, bytes_to_read)
SHOW_RING(out_write_bytes_avail, send, bytes_to_write)
SHOW_RING(in_intr_mask, receive, interrupt_mask)
SHOW_RING(in_read_index, receive, read_index)
SHOW_RING(in_write_index, receive, write_index)
SHOW_RING(in_read_bytes_avail, receive, bytes_to_read)
SHOW_RING(in_write_bytes_avail, receive, bytes_to_write)

SHOW(monitor_id)
{
	return sprintf(text, "%d\n", offer_of(base)->monitor_id);
}

#define SHOW_MONITOR(name, page, member)                                  \
	SHOW(name)                                                        \
	{                                                                 \
		return sprintf(text, "%d\n", status_of(base).page.member); \
	}

SHOW_MONITOR(server_monitor_pending, server, pending)
SHOW_MONITOR(client_monitor_pending, client, pending)
SHOW_MONITOR(server_monitor_latency, server, latency)
SHOW_MONITOR(client_monitor_latency, client, latency)
SHOW_MONITOR(server_monitor_conn_id, server, connection_id)
SHOW_MONITOR(client_monitor_conn_id, client, connection_id)

#define READ_ONLY(name) { .attr = LIS_ATTRIBUTE(#name, S_IRUGO), .show = name##_show }
#define READ_WRITE(name) \
	{ .attr = LIS_ATTRIBUTE(#name, S_IRUGO | S_IWUSR), .show = name##_show, .store = name##_store }

#ifdef LIS_HAVE_DEVICE_GROUPS
#define DEVICE_ATTRIBUTES static struct device_attribute attributes[]
#define MONITOR_ATTRIBUTES static struct device_attribute monitor_attributes[]
#else
/* One list for all devices: the monitor's values of a device without one are 0. */
#define DEVICE_ATTRIBUTES struct device_attribute device_attributes_of_bus[]
#endif

DEVICE_ATTRIBUTES = {
	READ_ONLY(id),
	READ_ONLY(state),
	READ_ONLY(class_id),
	READ_ONLY(device_id),
	READ_ONLY(modalias),
#ifdef CONFIG_NUMA
	READ_ONLY(numa_node),
#endif
	READ_ONLY(out_intr_mask),
	READ_ONLY(out_read_index),
	READ_ONLY(out_write_index),
	READ_ONLY(out_read_bytes_avail),
	READ_ONLY(out_write_bytes_avail),
	READ_ONLY(in_intr_mask),
	READ_ONLY(in_read_index),
	READ_ONLY(in_write_index),
	READ_ONLY(in_read_bytes_avail),
	READ_ONLY(in_write_bytes_avail),
	READ_ONLY(channel_vp_mapping),
	READ_ONLY(vendor),
	READ_ONLY(device),
	READ_WRITE(driver_override),
#ifdef LIS_HAVE_DEVICE_GROUPS
};

MONITOR_ATTRIBUTES = {
#endif
	READ_ONLY(monitor_id),
	READ_ONLY(server_monitor_pending),
	READ_ONLY(client_monitor_pending),
	READ_ONLY(server_monitor_latency),
	READ_ONLY(client_monitor_latency),
	READ_ONLY(server_monitor_conn_id),
	READ_ONLY(client_monitor_conn_id),
#ifndef LIS_HAVE_DEVICE_GROUPS
	{ .attr = { .name = NULL } },
#endif
};

#ifdef LIS_HAVE_DEVICE_GROUPS

static struct attribute *attribute_list[ARRAY_SIZE(attributes) + 1];
static struct attribute *monitor_attribute_list[ARRAY_SIZE(monitor_attributes) + 1];
static const struct attribute_group attribute_group = { .attrs = attribute_list };
static const struct attribute_group monitor_attribute_group = { .attrs = monitor_attribute_list };
static const struct attribute_group *groups[] = { &attribute_group, NULL };
static const struct attribute_group *groups_with_monitor[] = { &attribute_group, &monitor_attribute_group, NULL };

/* The lists hold the same pointers whoever fills them, so this needs no lock. */
const struct attribute_group **device_attribute_groups(const struct lis_vmbus_channel *channel)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(attributes); i++)
		attribute_list[i] = &attributes[i].attr;
	for (i = 0; i < ARRAY_SIZE(monitor_attributes); i++)
		monitor_attribute_list[i] = &monitor_attributes[i].attr;
	return lis_vmbus_channel_offer(channel)->monitor_allocated ? groups_with_monitor : groups;
}

#endif
