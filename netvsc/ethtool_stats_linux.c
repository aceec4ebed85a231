// SPDX-License-Identifier: GPL-2.0-only
/* ethtool -S. Names are an interface: those of Linux's own driver first, in its order, then ours. */
#include <linux/cpumask.h>

#include "netvsc_linux.h"

struct event_name {
	char name[ETH_GSTRING_LEN];
	unsigned int offset; /* in struct all_events */
};

struct all_events {
	struct net_events shim;
	struct netvsc_counters core;
};

#define SHIM_EVENT(event, member) { #event, offsetof(struct all_events, shim.member) }
#define CORE_EVENT(event, member) { #event, offsetof(struct all_events, core.member) }

static const struct event_name events[] = {
	SHIM_EVENT(tx_scattered, tx_scattered),
	SHIM_EVENT(tx_no_memory, tx_no_memory),
	CORE_EVENT(tx_no_space, send_full),
	SHIM_EVENT(tx_too_big, tx_too_big),
	SHIM_EVENT(tx_busy, tx_busy),
	CORE_EVENT(tx_send_full, send_no_section),
	CORE_EVENT(rx_comp_busy, completion_waits),
	SHIM_EVENT(rx_no_memory, rx_no_memory),
	SHIM_EVENT(stop_queue, stop_queue),
	SHIM_EVENT(wake_queue, wake_queue),
	SHIM_EVENT(vlan_error, tx_vlan_error),
};

static const struct event_name own_events[] = {
	CORE_EVENT(tx_lost, send_dropped),
	CORE_EVENT(tx_failed, send_failed),
	SHIM_EVENT(rx_while_down, rx_dropped),
	CORE_EVENT(rx_bad_packet, receive_bad_packet),
	CORE_EVENT(rx_bad_range, receive_bad_range),
	CORE_EVENT(rx_bad_frame, receive_bad_frame),
	CORE_EVENT(rx_bad_row, receive_bad_row),
};

/* Frames of virtual functions are not counted here: they go by themselves. */
static const char vf_names[][ETH_GSTRING_LEN] = {
	"vf_rx_packets", "vf_rx_bytes", "vf_tx_packets", "vf_tx_bytes", "vf_tx_dropped",
};

static const char *const queue_names[] = {
	"tx_queue_%u_packets", "tx_queue_%u_bytes",    "tx_queue_%u_xdp_xmit",	   "rx_queue_%u_packets",
	"rx_queue_%u_bytes",   "rx_queue_%u_xdp_drop", "rx_queue_%u_xdp_redirect", "rx_queue_%u_xdp_tx",
};

static const char *const cpu_names[] = {
	"cpu%u_rx_packets",    "cpu%u_rx_bytes",    "cpu%u_tx_packets",	   "cpu%u_tx_bytes",
	"cpu%u_vf_rx_packets", "cpu%u_vf_rx_bytes", "cpu%u_vf_tx_packets", "cpu%u_vf_tx_bytes",
};

static unsigned int queues_shown(struct net_device *dev)
{
	struct net_adapter *adapter = netdev_priv(dev);

	return min_t(unsigned int, lis_tx_queues(dev), adapter->queue_count);
}

int net_stats_count(struct net_device *dev)
{
	return ARRAY_SIZE(events) + ARRAY_SIZE(vf_names) + queues_shown(dev) * ARRAY_SIZE(queue_names) +
	       num_present_cpus() * ARRAY_SIZE(cpu_names) + ARRAY_SIZE(own_events);
}

static u8 *put_events(u8 *text, const struct event_name *from, unsigned int count)
{
	for (; count; count--, from++, text += ETH_GSTRING_LEN)
		memcpy(text, from->name, ETH_GSTRING_LEN);
	return text;
}

static u8 *put_numbered(u8 *text, const char *const *names, unsigned int count, unsigned int number)
{
	for (; count; count--, names++, text += ETH_GSTRING_LEN)
		snprintf((char *)text, ETH_GSTRING_LEN, *names, number);
	return text;
}

void net_stats_strings(struct net_device *dev, u8 *text)
{
	unsigned int number;

	text = put_events(text, events, ARRAY_SIZE(events));
	memcpy(text, vf_names, sizeof(vf_names));
	text += sizeof(vf_names);
	for (number = 0; number < queues_shown(dev); number++)
		text = put_numbered(text, queue_names, ARRAY_SIZE(queue_names), number);
	for_each_present_cpu(number)
		text = put_numbered(text, cpu_names, ARRAY_SIZE(cpu_names), number);
	put_events(text, own_events, ARRAY_SIZE(own_events));
}

/* ---- values, in the order of the names ---- */

/* Both are nothing but numbers of 64 bits. */
static void add_numbers(void *to, const void *from, unsigned int bytes)
{
	const u64 *term = from;
	u64 *sum = to;

	for (; bytes; bytes -= sizeof(*sum))
		*sum++ += *term++;
}

static void sum_events(struct net_adapter *adapter, struct all_events *all)
{
	struct netvsc_counters counters;
	u32 number;

	memset(all, 0, sizeof(*all));
	for (number = 0; number < adapter->queue_count; number++) {
		netvsc_counters_of(adapter->core, number, &counters);
		add_numbers(&all->core, &counters, sizeof(counters));
		add_numbers(&all->shim, &adapter->queues[number]->events, sizeof(all->shim));
	}
}

static u64 *put_event_values(u64 *values, const struct event_name *from, unsigned int count,
			     const struct all_events *all)
{
	for (; count; count--, from++)
		*values++ = *(const u64 *)((const u8 *)all + from->offset);
	return values;
}

static u64 *put_queue_values(u64 *values, const struct net_queue *queue)
{
	struct net_counts sent, received;

	net_read_counts(&queue->sent, &sent);
	net_read_counts(&queue->received, &received);
	*values++ = sent.packets;
	*values++ = sent.bytes;
	*values++ = sent.xdp_xmit;
	*values++ = received.packets;
	*values++ = received.bytes;
	*values++ = received.xdp_drop;
	*values++ = received.xdp_redirect;
	*values++ = received.xdp_tx;
	return values;
}

/* A queue's frames are counted for the CPU that polls it. */
static u64 *put_cpu_values(u64 *values, struct net_adapter *adapter, unsigned int cpu)
{
	u32 number;

	memset(values, 0, ARRAY_SIZE(cpu_names) * sizeof(*values));
	for (number = 0; number < adapter->queue_count; number++) {
		const struct net_queue *queue = adapter->queues[number];
		struct net_counts sent, received;

		if (READ_ONCE(queue->cpu) != cpu)
			continue;
		net_read_counts(&queue->sent, &sent);
		net_read_counts(&queue->received, &received);
		values[0] += received.packets;
		values[1] += received.bytes;
		values[2] += sent.packets;
		values[3] += sent.bytes;
	}
	return values + ARRAY_SIZE(cpu_names);
}

void net_stats_values(struct net_device *dev, struct ethtool_stats *stats, u64 *values)
{
	struct net_adapter *adapter = netdev_priv(dev);
	struct all_events all;
	unsigned int number;

	sum_events(adapter, &all);
	values = put_event_values(values, events, ARRAY_SIZE(events), &all);
	memset(values, 0, ARRAY_SIZE(vf_names) * sizeof(*values));
	values += ARRAY_SIZE(vf_names);
	for (number = 0; number < queues_shown(dev); number++)
		values = put_queue_values(values, adapter->queues[number]);
	for_each_present_cpu(number)
		values = put_cpu_values(values, adapter, number);
	put_event_values(values, own_events, ARRAY_SIZE(own_events), &all);
}
