// SPDX-License-Identifier: GPL-2.0-only
/* The network device: its making, and what its users set. */
#include <linux/slab.h>

#include "netvsc_linux.h"

/* ---- up and down ---- */

static int open_device(struct net_device *dev)
{
	struct net_adapter *adapter = netdev_priv(dev);
	int result;

	if (!adapter->started) {
		result = net_attach(adapter); /* starts sending too */
		if (result)
			lis_netdev_err(dev, "cannot be started: error %d\n", result);
		return result;
	}
	result = net_apply_filter(adapter);
	if (result) {
		lis_netdev_err(dev, "the host delivers nothing: error %d\n", result);
		return result;
	}
	WRITE_ONCE(adapter->sending, 1);
	lis_tx_wake_all(dev);
	netvsc_shim_changed(adapter);
	return 0;
}

static int close_device(struct net_device *dev)
{
	struct net_adapter *adapter = netdev_priv(dev);
	int result;

	WRITE_ONCE(adapter->sending, 0);
	netif_tx_disable(dev);
	result = net_apply_filter(adapter);
	if (result && result != -ENODEV)
		lis_netdev_err(dev, "the host goes on delivering: error %d\n", result);
	return 0;
}

/* Called with softirqs off. */
static void set_rx_mode(struct net_device *dev)
{
	net_filter_changed(netdev_priv(dev));
}

static int change_mtu(struct net_device *dev, int mtu)
{
	struct net_adapter *adapter = netdev_priv(dev);
	struct netvsc_options options = adapter->options;
	int result;

	if (mtu < NET_MTU_LEAST || mtu > adapter->mtu_most)
		return -EINVAL;
	if (net_xdp_forbids(adapter, mtu, dev->features))
		return -EINVAL;
	options.mtu = mtu;
	result = net_reattach(adapter, &options);
	if (!result)
		dev->mtu = mtu;
	return result;
}

static int set_mac_address(struct net_device *dev, void *address)
{
	struct net_adapter *adapter = netdev_priv(dev);
	const struct sockaddr *wanted = address;
	int result = 0;

	if (!is_valid_ether_addr((const u8 *)wanted->sa_data))
		return -EADDRNOTAVAIL;
	if (adapter->started)
		result = netvsc_set_mac(adapter->core, (const u8 *)wanted->sa_data);
	if (!result)
		lis_set_mac(dev, (const u8 *)wanted->sa_data);
	return result;
}

/* ---- statistics ---- */

static void add_stats(struct net_adapter *adapter, lis_stats_t *stats)
{
	struct netvsc_counters counters;
	u32 number;

	for (number = 0; number < adapter->queue_count; number++) {
		struct net_queue *queue = adapter->queues[number];
		struct net_counts received, sent;

		net_read_counts(&queue->received, &received);
		net_read_counts(&queue->sent, &sent);
		netvsc_counters_of(adapter->core, number, &counters);
		stats->rx_packets += received.packets;
		stats->rx_bytes += received.bytes;
		stats->multicast += received.multicast;
		stats->tx_packets += sent.packets;
		stats->tx_bytes += sent.bytes;
		stats->tx_dropped += queue->events.tx_dropped + counters.send_dropped;
		stats->tx_errors += counters.send_failed;
		stats->rx_dropped += queue->events.rx_dropped + queue->events.rx_no_memory;
		stats->rx_errors += counters.receive_bad_packet + counters.receive_bad_range +
				    counters.receive_bad_frame + counters.receive_bad_row;
	}
}

#ifdef LIS_STATS64
static LIS_STATS64 get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	add_stats(netdev_priv(dev), stats);
	return LIS_STATS64_RESULT(stats);
}
#else
static struct net_device_stats *get_stats(struct net_device *dev)
{
	struct net_adapter *adapter = netdev_priv(dev);

	memset(&adapter->stats, 0, sizeof(adapter->stats));
	add_stats(adapter, &adapter->stats);
	return &adapter->stats;
}
#endif

/* ---- features ---- */

static lis_features_t offered_features(struct net_adapter *adapter)
{
	const u32 offloads = netvsc_info_of(adapter->core)->offloads;
	lis_features_t features = NETIF_F_SG | NETIF_F_RXCSUM | NETIF_F_RXHASH;

	if (offloads & NETVSC_CHECKSUM_TCP4)
		features |= NETIF_F_IP_CSUM;
	if (offloads & NETVSC_CHECKSUM_TCP6)
		features |= NETIF_F_IPV6_CSUM;
	if (offloads & NETVSC_LARGE_SEND4)
		features |= NETIF_F_TSO;
	if (offloads & NETVSC_LARGE_SEND6)
		features |= NETIF_F_TSO6;
	if (offloads & NETVSC_COALESCE)
		features |= NETIF_F_LRO;
	return features;
}

#ifdef LIS_HAVE_NDO_SET_FEATURES
#define CHANGEABLE \
	(NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_LRO)

/* The host may allow less after another start. */
static lis_features_t fix_features(struct net_device *dev, lis_features_t features)
{
	struct net_adapter *adapter = netdev_priv(dev);

	if (adapter->started)
		features &= ~(CHANGEABLE & ~offered_features(adapter));
	if (net_xdp_forbids(adapter, dev->mtu, features))
		features &= ~NETIF_F_LRO;
	return features;
}

static int set_features(struct net_device *dev, lis_features_t features)
{
	struct net_adapter *adapter = netdev_priv(dev);

	if (!((features ^ dev->features) & NETIF_F_LRO) || !adapter->started)
		return 0;
	return net_apply_coalesce(adapter, features);
}
#endif

void net_device_update(struct net_adapter *adapter)
{
	lis_set_gso_limit(adapter->dev, netvsc_info_of(adapter->core)->large_send_bytes);
#ifdef LIS_HAVE_NDO_SET_FEATURES
	netdev_update_features(adapter->dev);
#endif
}

void net_device_describe(struct net_adapter *adapter)
{
	const struct netvsc_info *info = netvsc_info_of(adapter->core);
	lis_features_t features = offered_features(adapter);
	struct net_device *dev = adapter->dev;

	adapter->mtu_most = clamp_t(u32, info->mtu_limit, ETH_DATA_LEN, NET_MTU_MOST);
#ifdef LIS_HAVE_NET_DEVICE_MAX_MTU
	dev->min_mtu = NET_MTU_LEAST;
	dev->max_mtu = adapter->mtu_most;
#endif
	lis_set_mac(dev, info->mac);
#ifdef LIS_HAVE_NDO_SET_FEATURES
	dev->hw_features = features;
#endif
	dev->features |= features | NETIF_F_HIGHDMA | LIS_VLAN_TX | LIS_VLAN_RX;
#ifdef LIS_HAVE_NET_DEVICE_VLAN_FEATURES
	dev->vlan_features = features | NETIF_F_HIGHDMA;
#endif
	lis_set_gso_limit(dev, info->large_send_bytes);
	net_xdp_describe(dev);
}

/* ---- making ---- */

#ifdef LIS_HAVE_NET_DEVICE_OPS
static const struct net_device_ops operations = {
	.ndo_open = open_device,
	.ndo_stop = close_device,
	.ndo_start_xmit = net_start_xmit,
	.LIS_NDO_SET_RX_MODE = set_rx_mode,
	.LIS_NDO_CHANGE_MTU = change_mtu,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_set_mac_address = set_mac_address,
#ifdef LIS_SELECT_QUEUE_ARGUMENTS
	.ndo_select_queue = net_select_queue,
#endif
#ifdef LIS_STATS64
	.ndo_get_stats64 = get_stats64,
#else
	.ndo_get_stats = get_stats,
#endif
#ifdef LIS_HAVE_NDO_SET_FEATURES
	.ndo_fix_features = fix_features,
	.ndo_set_features = set_features,
#endif
#ifdef LIS_XDP
	.ndo_bpf = net_bpf,
	.ndo_xdp_xmit = net_xdp_xmit,
#endif
};

static void set_operations(struct net_device *dev)
{
	dev->netdev_ops = &operations;
}
#else
static void set_operations(struct net_device *dev)
{
	dev->open = open_device;
	dev->stop = close_device;
	dev->hard_start_xmit = net_start_xmit;
	dev->set_multicast_list = set_rx_mode;
	dev->change_mtu = change_mtu;
	dev->set_mac_address = set_mac_address;
	dev->get_stats = get_stats;
}
#endif

static void free_queue(struct net_queue *queue)
{
	net_xdp_queue_exit(queue);
	lis_napi_remove(&queue->napi);
	kfree(queue);
}

static struct net_queue *make_queue(struct net_adapter *adapter, u32 number)
{
	struct net_queue *queue = kzalloc(sizeof(*queue), GFP_KERNEL);

	if (!queue)
		return NULL;
	queue->adapter = adapter;
	queue->number = number;
	lis_stats_init(&queue->received.sync);
	lis_stats_init(&queue->sent.sync);
	if (lis_napi_add(adapter->dev, &queue->napi, net_poll)) {
		kfree(queue);
		return NULL;
	}
	if (net_xdp_queue_init(queue)) {
		lis_napi_remove(&queue->napi);
		kfree(queue);
		return NULL;
	}
	return queue;
}

struct net_adapter *net_device_create(unsigned int queues)
{
	struct net_device *dev = lis_alloc_etherdev(sizeof(struct net_adapter), queues);
	struct net_adapter *adapter;

	if (!dev)
		return NULL;
	adapter = netdev_priv(dev);
	adapter->dev = dev;
	mutex_init(&adapter->filter_lock);
	set_operations(dev);
	net_set_ethtool(dev);
	netif_carrier_off(dev);
	lis_set_queues(dev, 1);
	for (; adapter->queue_count < queues; adapter->queue_count++) {
		adapter->queues[adapter->queue_count] = make_queue(adapter, adapter->queue_count);
		if (!adapter->queues[adapter->queue_count])
			goto free;
	}
	if (!net_link_init(adapter))
		return adapter;
free:
	net_device_free(adapter);
	return NULL;
}

void net_device_free(struct net_adapter *adapter)
{
	net_link_exit(adapter);
	while (adapter->queue_count)
		free_queue(adapter->queues[--adapter->queue_count]);
	free_netdev(adapter->dev);
}
