// SPDX-License-Identifier: GPL-2.0-only
/* ethtool -x, -X, -n and -N: how the host spreads over the queues what it receives. */
#include <compat/ethtool.h>

#include <linux/slab.h>

#include "netvsc_linux.h"

#ifdef NET_SPREADING

u32 net_spreading_key_bytes(struct net_device *dev)
{
	return NETVSC_RSS_KEY_BYTES;
}

u32 net_spreading_entries(struct net_device *dev)
{
	struct net_adapter *adapter = netdev_priv(dev);

	return netvsc_info_of(adapter->core)->rss_entries ? NETVSC_RSS_ENTRIES : 0;
}

static int read_spreading(struct net_adapter *adapter, u32 *table, u8 *key)
{
	struct netvsc_spreading spreading;
	unsigned int at;

	if (!adapter->started)
		return -ENODEV;
	netvsc_spreading_of(adapter->core, &spreading);
	if (key)
		memcpy(key, spreading.key, sizeof(spreading.key));
	for (at = 0; table && at < NETVSC_RSS_ENTRIES; at++)
		table[at] = spreading.table[at];
	return 0;
}

static int write_spreading(struct net_adapter *adapter, const u32 *table, const u8 *key)
{
	unsigned int queues = lis_tx_queues(adapter->dev);
	struct netvsc_spreading spreading;
	unsigned int at;

	if (!adapter->started)
		return -ENODEV;
	netvsc_spreading_of(adapter->core, &spreading);
	for (at = 0; table && at < NETVSC_RSS_ENTRIES; at++) {
		if (table[at] >= queues)
			return -EINVAL;
		spreading.table[at] = table[at];
	}
	if (key)
		memcpy(spreading.key, key, sizeof(spreading.key));
	return netvsc_set_spreading(adapter->core, &spreading);
}

#ifdef LIS_HAVE_ETHTOOL_RXFH_PARAM
int net_get_spreading(struct net_device *dev, struct ethtool_rxfh_param *param)
{
	param->hfunc = ETH_RSS_HASH_TOP;
	return read_spreading(netdev_priv(dev), param->indir, param->key);
}

int net_set_spreading(struct net_device *dev, struct ethtool_rxfh_param *param, struct netlink_ext_ack *extack)
{
	if (param->hfunc != ETH_RSS_HASH_NO_CHANGE && param->hfunc != ETH_RSS_HASH_TOP)
		return -EOPNOTSUPP;
	return write_spreading(netdev_priv(dev), param->indir, param->key);
}
#else
int net_get_spreading(struct net_device *dev, u32 *table, u8 *key, u8 *function)
{
	if (function)
		*function = ETH_RSS_HASH_TOP;
	return read_spreading(netdev_priv(dev), table, key);
}

int net_set_spreading(struct net_device *dev, const u32 *table, const u8 *key, const u8 function)
{
	if (function != ETH_RSS_HASH_NO_CHANGE && function != ETH_RSS_HASH_TOP)
		return -EOPNOTSUPP;
	return write_spreading(netdev_priv(dev), table, key);
}
#endif
#endif

#if defined(LIS_HAVE_ETHTOOL_RXNFC) || defined(LIS_HAVE_ETHTOOL_RXFH_FIELDS)

#define ADDRESSES (RXH_IP_SRC | RXH_IP_DST)
#define PORTS (RXH_L4_B_0_1 | RXH_L4_B_2_3)

/* What hashes a flow: with ports, if the host is told to look at them, and without. False: not such a flow. */
static bool kinds_of(u32 flow, u32 *with_ports, u32 *without)
{
	*with_ports = 0;
	switch (flow) {
	case TCP_V4_FLOW:
		*with_ports = NETVSC_HASH_TCP4;
		*without = NETVSC_HASH_IP4;
		return true;
	case UDP_V4_FLOW:
		*with_ports = NETVSC_HASH_UDP4;
		*without = NETVSC_HASH_IP4;
		return true;
	case IPV4_FLOW:
		*without = NETVSC_HASH_IP4;
		return true;
	case TCP_V6_FLOW:
		*with_ports = NETVSC_HASH_TCP6;
		*without = NETVSC_HASH_IP6;
		return true;
	case UDP_V6_FLOW:
		*with_ports = NETVSC_HASH_UDP6;
		*without = NETVSC_HASH_IP6;
		return true;
	case IPV6_FLOW:
		*without = NETVSC_HASH_IP6;
		return true;
	}
	return false;
}

static u64 fields_of(struct net_adapter *adapter, u32 flow)
{
	struct netvsc_spreading spreading;
	u32 with_ports, without;

	if (!adapter->started || !kinds_of(flow, &with_ports, &without))
		return 0;
	netvsc_spreading_of(adapter->core, &spreading);
	if (spreading.hash & with_ports)
		return ADDRESSES | PORTS;
	return spreading.hash & without ? ADDRESSES : 0;
}

static int set_fields(struct net_adapter *adapter, u32 flow, u64 fields)
{
	struct netvsc_spreading spreading;
	u32 with_ports, without;

	if (!adapter->started)
		return -ENODEV;
	if (!kinds_of(flow, &with_ports, &without))
		return -EOPNOTSUPP;
	netvsc_spreading_of(adapter->core, &spreading);
	if (fields == (ADDRESSES | PORTS) && with_ports)
		spreading.hash |= with_ports;
	else if (fields == ADDRESSES)
		spreading.hash = (spreading.hash & ~with_ports) | without;
	else
		return -EOPNOTSUPP;
	return netvsc_set_spreading(adapter->core, &spreading);
}

#endif

#ifdef LIS_HAVE_ETHTOOL_RXFH_FIELDS
int net_get_hash_fields(struct net_device *dev, struct ethtool_rxfh_fields *fields)
{
	fields->data = fields_of(netdev_priv(dev), fields->flow_type);
	return 0;
}

int net_set_hash_fields(struct net_device *dev, const struct ethtool_rxfh_fields *fields,
			struct netlink_ext_ack *extack)
{
	return set_fields(netdev_priv(dev), fields->flow_type, fields->data);
}
#endif

#ifdef LIS_HAVE_ETHTOOL_RX_RING_COUNT
u32 net_receive_queues(struct net_device *dev)
{
	return lis_tx_queues(dev);
}
#endif

#ifdef LIS_HAVE_ETHTOOL_RXNFC
int net_get_flows(struct net_device *dev, struct ethtool_rxnfc *flows, u32 *rules)
{
	switch (flows->cmd) {
	case ETHTOOL_GRXRINGS:
		flows->data = lis_tx_queues(dev);
		return 0;
	case ETHTOOL_GRXFH:
		flows->data = fields_of(netdev_priv(dev), flows->flow_type);
		return 0;
	}
	return -EOPNOTSUPP;
}

int net_set_flows(struct net_device *dev, struct ethtool_rxnfc *flows)
{
	if (flows->cmd == ETHTOOL_SRXFH)
		return set_fields(netdev_priv(dev), flows->flow_type, flows->data);
	return -EOPNOTSUPP;
}
#endif
