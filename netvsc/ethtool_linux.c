// SPDX-License-Identifier: GPL-2.0-only
/* ethtool: what the device is, its link, its queues and buffers. */
#include <compat/ethtool.h>

#include <lis_digest.h>

#include "netvsc_linux.h"

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	lis_copy_text(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	lis_copy_text(info->version, LIS_VERSION, sizeof(info->version));
	lis_copy_text(info->fw_version, "N/A", sizeof(info->fw_version));
}

static u32 get_msglevel(struct net_device *dev)
{
	struct net_adapter *adapter = netdev_priv(dev);

	return adapter->message_level;
}

static void set_msglevel(struct net_device *dev, u32 level)
{
	struct net_adapter *adapter = netdev_priv(dev);

	adapter->message_level = level;
}

/* ---- the link ---- */

static int speed_of(struct net_adapter *adapter)
{
	struct netvsc_state state;

	netvsc_state_of(adapter->core, &state);
	return netif_carrier_ok(adapter->dev) && state.speed_mbit ? (int)state.speed_mbit : SPEED_UNKNOWN;
}

#ifdef LIS_HAVE_ETHTOOL_LINK_KSETTINGS
static int get_link_settings(struct net_device *dev, struct ethtool_link_ksettings *settings)
{
	settings->base.speed = speed_of(netdev_priv(dev));
	settings->base.duplex = netif_carrier_ok(dev) ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	settings->base.port = PORT_OTHER;
	settings->base.autoneg = AUTONEG_DISABLE;
	return 0;
}
#else
static int get_settings(struct net_device *dev, struct ethtool_cmd *settings)
{
	int speed = speed_of(netdev_priv(dev));

	settings->speed = speed;
#ifdef LIS_HAVE_ETHTOOL_CMD_SPEED_SET
	ethtool_cmd_speed_set(settings, speed);
#endif
	settings->duplex = netif_carrier_ok(dev) ? DUPLEX_FULL : DUPLEX_UNKNOWN;
	settings->port = PORT_OTHER;
	settings->transceiver = XCVR_INTERNAL;
	settings->autoneg = AUTONEG_DISABLE;
	return 0;
}
#endif

/* ---- queues ---- */

#ifdef LIS_HAVE_ETHTOOL_CHANNELS
static void get_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	struct net_adapter *adapter = netdev_priv(dev);

	channels->max_combined = adapter->queue_most;
	channels->combined_count = lis_tx_queues(dev);
}

static int set_channels(struct net_device *dev, struct ethtool_channels *channels)
{
	struct net_adapter *adapter = netdev_priv(dev);
	struct netvsc_options options = adapter->options;

	if (channels->rx_count || channels->tx_count || channels->other_count)
		return -EINVAL;
	if (!channels->combined_count || channels->combined_count > adapter->queue_most)
		return -EINVAL;
	options.queues = channels->combined_count;
	return net_reattach(adapter, &options);
}
#endif

/* ---- buffers shared with the host: a section is what a frame or several take ---- */

static u32 most_sections(u32 bytes, u32 section_bytes)
{
	return section_bytes ? bytes / section_bytes : 0;
}

static u32 most_receive_sections(const struct netvsc_info *info)
{
	u32 bytes = info->nvsp_version <= NVSP_VERSION_2 ? NET_RECEIVE_BYTES_MOST_OLD : NET_RECEIVE_BYTES_MOST;

	return most_sections(bytes, info->receive_section_bytes);
}

static void get_ringparam(struct net_device *dev, struct ethtool_ringparam *ring LIS_RINGPARAM_ARGUMENTS)
{
	struct net_adapter *adapter = netdev_priv(dev);
	const struct netvsc_info *info = netvsc_info_of(adapter->core);

	if (!adapter->started)
		return;
	ring->rx_pending = info->receive_sections;
	ring->tx_pending = info->send_sections;
	ring->rx_max_pending = most_receive_sections(info);
	ring->tx_max_pending = most_sections(NET_SEND_BYTES_MOST, info->send_section_bytes);
}

static int set_ringparam(struct net_device *dev, struct ethtool_ringparam *ring LIS_RINGPARAM_ARGUMENTS)
{
	struct net_adapter *adapter = netdev_priv(dev);
	const struct netvsc_info *info = netvsc_info_of(adapter->core);
	struct netvsc_options options = adapter->options;
	u32 receive_most, send_most;

	if (ring->rx_mini_pending || ring->rx_jumbo_pending)
		return -EINVAL;
	if (!adapter->started)
		return -ENODEV;
	receive_most = max_t(u32, most_receive_sections(info), NET_SECTIONS_LEAST);
	send_most = max_t(u32, most_sections(NET_SEND_BYTES_MOST, info->send_section_bytes), NET_SECTIONS_LEAST);
	options.receive_sections = clamp_t(u32, ring->rx_pending, NET_SECTIONS_LEAST, receive_most);
	options.send_sections = clamp_t(u32, ring->tx_pending, NET_SECTIONS_LEAST, send_most);
	if (options.receive_sections == info->receive_sections && options.send_sections == info->send_sections)
		return 0;
	return net_reattach(adapter, &options);
}

/* ---- statistics ---- */

static void get_strings(struct net_device *dev, u32 set, u8 *text)
{
	if (set == ETH_SS_STATS)
		net_stats_strings(dev, text);
}

#ifdef LIS_HAVE_ETHTOOL_SSET_COUNT
static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? net_stats_count(dev) : -EINVAL;
}
#endif

#ifdef LIS_HAVE_ETHTOOL_SET_TSO
/* Kernels that change features one by one, and ask first for what the device has. */
static u32 offloads_of(struct net_device *dev)
{
	struct net_adapter *adapter = netdev_priv(dev);

	return adapter->started ? netvsc_info_of(adapter->core)->offloads : 0;
}

static int change(struct net_device *dev, lis_features_t features, u32 on)
{
	if (on)
		dev->features |= features;
	else
		dev->features &= ~features;
	return 0;
}

static int set_tx_csum(struct net_device *dev, u32 on)
{
	lis_features_t features = 0;

	if (offloads_of(dev) & NETVSC_CHECKSUM_TCP4)
		features |= NETIF_F_IP_CSUM;
	if (offloads_of(dev) & NETVSC_CHECKSUM_TCP6)
		features |= NETIF_F_IPV6_CSUM;
	return features || !on ? change(dev, features, on) : -EOPNOTSUPP;
}

static u32 get_tx_csum(struct net_device *dev)
{
	return (dev->features & (NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM)) != 0;
}

static int set_tso(struct net_device *dev, u32 on)
{
	lis_features_t features = 0;

	if (offloads_of(dev) & NETVSC_LARGE_SEND4)
		features |= NETIF_F_TSO;
	if (offloads_of(dev) & NETVSC_LARGE_SEND6)
		features |= NETIF_F_TSO6;
	return features || !on ? change(dev, features, on) : -EOPNOTSUPP;
}
#endif

static LIS_ETHTOOL_OPS operations = {
	.get_drvinfo = get_drvinfo,
	.get_msglevel = get_msglevel,
	.set_msglevel = set_msglevel,
	.get_link = ethtool_op_get_link,
#ifdef LIS_HAVE_ETHTOOL_LINK_KSETTINGS
	.get_link_ksettings = get_link_settings,
#else
	.get_settings = get_settings,
#endif
#ifdef LIS_HAVE_ETHTOOL_CHANNELS
	.get_channels = get_channels,
	.set_channels = set_channels,
#endif
	.get_ringparam = get_ringparam,
	.set_ringparam = set_ringparam,
	.get_strings = get_strings,
	.get_ethtool_stats = net_stats_values,
#ifdef LIS_HAVE_ETHTOOL_SSET_COUNT
	.get_sset_count = get_sset_count,
#else
	.get_stats_count = net_stats_count,
#endif
#ifdef NET_SPREADING
	.get_rxfh_key_size = net_spreading_key_bytes,
	.get_rxfh_indir_size = net_spreading_entries,
	.get_rxfh = net_get_spreading,
	.set_rxfh = net_set_spreading,
#endif
#ifdef LIS_HAVE_ETHTOOL_RXFH_FIELDS
	.get_rxfh_fields = net_get_hash_fields,
	.set_rxfh_fields = net_set_hash_fields,
#endif
#ifdef LIS_HAVE_ETHTOOL_RXNFC
	.get_rxnfc = net_get_flows,
	.set_rxnfc = net_set_flows,
#endif
#ifdef LIS_HAVE_ETHTOOL_RX_RING_COUNT
	.get_rx_ring_count = net_receive_queues,
#endif
#ifdef LIS_HAVE_ETHTOOL_OP_GET_TS_INFO
	.get_ts_info = ethtool_op_get_ts_info,
#endif
#ifdef LIS_HAVE_ETHTOOL_SET_TSO
	.get_tx_csum = get_tx_csum,
	.set_tx_csum = set_tx_csum,
	.get_sg = ethtool_op_get_sg,
	.set_sg = ethtool_op_set_sg,
	.get_tso = ethtool_op_get_tso,
	.set_tso = set_tso,
#endif
};

void net_set_ethtool(struct net_device *dev)
{
	dev->ethtool_ops = &operations;
}
