// SPDX-License-Identifier: GPL-2.0-only
/* The core's start and stop, and what a start forgets. */
#include "netvsc_linux.h"

int net_apply_filter(struct net_adapter *adapter)
{
	struct net_device *dev = adapter->dev;
	u32 filter = 0;
	int result = 0;

	mutex_lock(&adapter->filter_lock);
	if (!netif_running(dev)) {
		filter = 0;
	} else if (dev->flags & IFF_PROMISC) {
		filter = NETVSC_RECEIVE_PROMISCUOUS;
	} else {
		filter = NETVSC_RECEIVE_DIRECTED;
		if ((dev->flags & IFF_ALLMULTI) || lis_multicasts(dev))
			filter |= NETVSC_RECEIVE_MULTICAST;
		if (dev->flags & IFF_BROADCAST)
			filter |= NETVSC_RECEIVE_BROADCAST;
	}
	if (adapter->started)
		result = netvsc_set_filter(adapter->core, filter);
	mutex_unlock(&adapter->filter_lock);
	return result;
}

int net_apply_coalesce(struct net_adapter *adapter, lis_features_t features)
{
	if (!NETIF_F_LRO || !(netvsc_info_of(adapter->core)->offloads & NETVSC_COALESCE))
		return 0;
	return netvsc_set_coalesce(adapter->core, features & NETIF_F_LRO ? 1 : 0);
}

/* An address that the host does not take is shown as it is: frames to it do not come. */
static void apply_mac(struct net_adapter *adapter)
{
	const struct netvsc_info *info = netvsc_info_of(adapter->core);
	struct net_device *dev = adapter->dev;
	int result;

	if (!memcmp(info->mac, dev->dev_addr, ETH_ALEN))
		return;
	result = netvsc_set_mac(adapter->core, dev->dev_addr);
	if (result)
		lis_netdev_err(dev, "the host does not take the address back: error %d\n", result);
}

static void set_started(struct net_adapter *adapter, bool started)
{
	mutex_lock(&adapter->filter_lock);
	adapter->started = started;
	mutex_unlock(&adapter->filter_lock);
}

void net_detach(struct net_adapter *adapter)
{
	if (!adapter->started)
		return;
	WRITE_ONCE(adapter->sending, 0);
	if (READ_ONCE(adapter->registered))
		netif_tx_disable(adapter->dev);
	set_started(adapter, false);
	netvsc_stop(adapter->core);
}

int net_attach(struct net_adapter *adapter)
{
	struct net_device *dev = adapter->dev;
	int result = netvsc_start(adapter->core, &adapter->options);

	if (result)
		return result;
	set_started(adapter, true);
	if (!READ_ONCE(adapter->registered))
		return 0;
	apply_mac(adapter);
	net_apply_queues(adapter);
	net_device_update(adapter);
	result = net_apply_coalesce(adapter, dev->features);
	if (result)
		lis_netdev_err(dev, "the host does not change how it joins frames: error %d\n", result);
	result = net_apply_filter(adapter);
	if (result) {
		net_detach(adapter);
		return result;
	}
	if (netif_running(dev)) {
		WRITE_ONCE(adapter->sending, 1);
		lis_tx_wake_all(dev);
	}
	netvsc_shim_changed(adapter);
	return 0;
}

static bool is_lost(struct net_adapter *adapter)
{
	struct netvsc_state state;

	netvsc_state_of(adapter->core, &state);
	return state.lost;
}

int net_reattach(struct net_adapter *adapter, const struct netvsc_options *options)
{
	const struct netvsc_options old = adapter->options;
	int result, again;

	if (!adapter->started) {
		adapter->options = *options; /* for when it is */
		return 0;
	}
	net_detach(adapter);
	adapter->options = *options;
	result = net_attach(adapter);
	if (!result)
		return 0;
	adapter->options = old;
	again = net_attach(adapter);
	if (again) {
		netif_carrier_off(adapter->dev);
		if (!is_lost(adapter))
			lis_netdev_err(adapter->dev,
				       "cannot be started again, errors %d and %d: take it down and up to try once more\n",
				       result, again);
	}
	return result;
}
