// SPDX-License-Identifier: GPL-2.0-only
/* /sys/bus/vmbus/devices/<instance>/channels/<relid>/, as the kernel's own hv_vmbus shows it. */
#include <compat/compat.h>
#include <compat/device.h>

#include <linux/module.h>
#include <linux/slab.h>

#include "bus_linux.h"
#include "device_linux.h"
#include "vmbus_core.h"

struct channel_attribute {
	struct attribute attr;
	ssize_t (*show)(struct lis_vmbus_channel *channel, const struct vmbus_core_channel_status *status,
			char *text);
	ssize_t (*store)(struct lis_vmbus_channel *channel, const char *text, size_t count);
};

#define SHOW(attribute)                                                                                 \
	static ssize_t attribute##_show(struct lis_vmbus_channel *channel,                              \
					const struct vmbus_core_channel_status *status, char *text)

#define SHOW_RING(name, ring, member)                                             \
	SHOW(name)                                                                \
	{                                                                         \
		return status->open ? sprintf(text, "%u\n", status->ring.member) : -EINVAL; \
	}

#define SHOW_COUNTER(name, member)                                                \
	SHOW(name)                                                                \
	{                                                                         \
		return sprintf(text, "%llu\n", (unsigned long long)status->member); \
	}

SHOW_RING(out_mask, send, interrupt_mask)
SHOW_RING(in_mask, receive, interrupt_mask)
SHOW_RING(read_avail, receive, bytes_to_read)
SHOW_RING(write_avail, send, bytes_to_write)
SHOW_COUNTER(interrupts, interrupts)
SHOW_COUNTER(events, events)
SHOW_COUNTER(intr_in_full, receive_counters.signals_new_space)
SHOW_COUNTER(intr_out_empty, send_counters.signals_new_data)
SHOW_COUNTER(out_full_first, send_counters.full_first)
SHOW_COUNTER(out_full_total, send_counters.full_total)

SHOW(cpu)
{
	return sprintf(text, "%u\n", status->cpu);
}

static ssize_t cpu_store(struct lis_vmbus_channel *channel, const char *text, size_t count)
{
	uint32_t cpu;
	int result;

	if (sscanf(text, "%u", &cpu) != 1)
		return -EIO;
	if (!lis_os_cpu_is_online(cpu))
		return -EINVAL;
	result = lis_vmbus_channel_set_cpu(channel, cpu);
	/* Tools know one error for "not this channel, or not this host". */
	return result ? -EIO : count;
}

SHOW(subchannel_id)
{
	return sprintf(text, "%u\n", lis_vmbus_channel_offer(channel)->subchannel_index);
}

SHOW(pending)
{
	return sprintf(text, "%d\n", status->client.pending);
}

SHOW(latency)
{
	return sprintf(text, "%d\n", status->client.latency);
}

SHOW(monitor_id)
{
	return sprintf(text, "%u\n", lis_vmbus_channel_offer(channel)->monitor_id);
}

#define READ_ONLY(name) { .attr = LIS_ATTRIBUTE(#name, S_IRUGO), .show = name##_show }

static struct channel_attribute attributes[] = {
	READ_ONLY(out_mask),
	READ_ONLY(in_mask),
	READ_ONLY(read_avail),
	READ_ONLY(write_avail),
	{ .attr = LIS_ATTRIBUTE("cpu", S_IRUGO | S_IWUSR), .show = cpu_show, .store = cpu_store },
	READ_ONLY(interrupts),
	READ_ONLY(events),
	READ_ONLY(intr_in_full),
	READ_ONLY(intr_out_empty),
	READ_ONLY(out_full_first),
	READ_ONLY(out_full_total),
	READ_ONLY(subchannel_id),
	/* From here on: only with a monitor. */
	READ_ONLY(pending),
	READ_ONLY(latency),
	READ_ONLY(monitor_id),
};

#define MONITOR_ATTRIBUTES 3

static unsigned int attribute_count(const struct channel_directory *directory)
{
	return lis_vmbus_channel_offer(directory->channel)->monitor_allocated ?
		       ARRAY_SIZE(attributes) : ARRAY_SIZE(attributes) - MONITOR_ATTRIBUTES;
}

static ssize_t attribute_show(struct kobject *kobj, struct attribute *attr, char *text)
{
	struct channel_attribute *attribute = container_of(attr, struct channel_attribute, attr);
	struct lis_vmbus_channel *channel = to_channel_directory(kobj)->channel;
	struct vmbus_core_channel_status status;

	vmbus_core_channel_status(channel, &status);
	return attribute->show(channel, &status, text);
}

static ssize_t attribute_store(struct kobject *kobj, struct attribute *attr, const char *text, size_t count)
{
	struct channel_attribute *attribute = container_of(attr, struct channel_attribute, attr);

	if (!attribute->store)
		return -EIO;
	return attribute->store(to_channel_directory(kobj)->channel, text, count);
}

static void directory_release(struct kobject *kobj)
{
	struct channel_directory *directory = to_channel_directory(kobj);

	lis_vmbus_channel_put(directory->channel);
	kfree(directory);
	bus_object_released();
}

static LIS_SYSFS_OPS directory_operations = {
	.show = attribute_show,
	.store = attribute_store,
};

struct kobj_type channel_directory_type = {
	.release = directory_release,
	.sysfs_ops = &directory_operations,
};

static void remove_first(struct channel_directory *directory, unsigned int count)
{
	while (count--)
		sysfs_remove_file(&directory->kobj, &attributes[count].attr);
}

int channel_attributes_add(struct channel_directory *directory)
{
	unsigned int i;
	int result;

	for (i = 0; i < attribute_count(directory); i++) {
		result = sysfs_create_file(&directory->kobj, &attributes[i].attr);
		if (result) {
			remove_first(directory, i);
			return result;
		}
	}
	return 0;
}

void channel_attributes_remove(struct channel_directory *directory)
{
	remove_first(directory, attribute_count(directory));
}
