// SPDX-License-Identifier: GPL-2.0-only
/*
 * What changes by itself: the link, the queues that are open, and adapters that broke. The
 * core tells of it in any context; what follows from it is done here.
 */
#include <linux/jiffies.h>

#include "netvsc_linux.h"

#define EVENT_SPACING (2 * HZ) /* the stack's own look at links is that slow */
#define RESTART_SPACING (10 * HZ)
#define RTNL_RETRY_MS 20

void netvsc_shim_changed(void *context)
{
	struct net_adapter *adapter = context;

	if (READ_ONCE(adapter->registered))
		lis_os_work_submit(adapter->link_work);
}

void net_filter_changed(struct net_adapter *adapter)
{
	if (READ_ONCE(adapter->registered))
		lis_os_work_submit(adapter->filter_work);
}

void net_apply_queues(struct net_adapter *adapter)
{
	struct netvsc_state state;

	netvsc_state_of(adapter->core, &state);
	if (state.queues && state.queues <= adapter->queue_count && state.queues != lis_tx_queues(adapter->dev))
		lis_set_queues(adapter->dev, state.queues);
}

/* ---- the link ---- */

static void log_function(struct net_adapter *adapter, const struct netvsc_state *state)
{
	if (state->vf_allocated == adapter->vf_allocated && state->vf_serial == adapter->vf_serial)
		return;
	if (state->vf_allocated || adapter->vf_allocated)
		lis_netdev_info(adapter->dev, "VF slot %u %s\n",
				state->vf_allocated ? state->vf_serial : adapter->vf_serial,
				state->vf_allocated ? "added" : "removed");
	adapter->vf_allocated = state->vf_allocated;
	adapter->vf_serial = state->vf_serial;
}

static void look_again(struct net_adapter *adapter, unsigned long when)
{
	long left = when - jiffies;

	lis_os_work_submit_after(adapter->late_work, left > 0 ? jiffies_to_msecs(left) + 1 : 1);
}

/* True: others shall be told where the adapter is now. One event at a time, and not soon after another. */
static bool apply_link(struct net_adapter *adapter, const struct netvsc_state *state)
{
	struct net_device *dev = adapter->dev;
	bool up = state->link_up && !state->lost && adapter->started;
	bool changed = state->network_changes != adapter->network_changes;
	bool tell = false;

	if (up == !!netif_carrier_ok(dev) && !(changed && up)) {
		adapter->network_changes = state->network_changes;
		return false;
	}
	if (!state->lost && time_before(jiffies, adapter->next_event)) {
		look_again(adapter, adapter->next_event);
		return false;
	}
	if (changed && netif_carrier_ok(dev)) {
		adapter->bounced = up;
		up = false;
	}
	adapter->network_changes = state->network_changes;
	if (up) {
		tell = adapter->bounced;
		adapter->bounced = false;
		netif_carrier_on(dev);
	} else {
		netif_carrier_off(dev);
	}
	adapter->next_event = jiffies + EVENT_SPACING;
	if (adapter->bounced)
		look_again(adapter, adapter->next_event);
	return tell;
}

/* ---- an adapter that broke ---- */

static void restart(struct net_adapter *adapter)
{
	const struct netvsc_options options = adapter->options;

	if (time_before(jiffies, adapter->next_restart)) {
		look_again(adapter, adapter->next_restart);
		return;
	}
	adapter->next_restart = jiffies + RESTART_SPACING;
	lis_netdev_err(adapter->dev, "a ring of the host makes no sense: starting again\n");
	net_reattach(adapter, &options);
}

/* Who removes the device waits for this; so it does not wait for what others hold. */
static void look(void *context)
{
	struct net_adapter *adapter = context;
	struct netvsc_state state;
	bool tell = false;

	if (!rtnl_trylock()) {
		lis_os_work_submit_after(adapter->late_work, RTNL_RETRY_MS);
		return;
	}
	if (READ_ONCE(adapter->registered)) {
		netvsc_state_of(adapter->core, &state);
		if (adapter->started && !state.lost && state.broken) {
			restart(adapter);
			netvsc_state_of(adapter->core, &state);
		}
		if (adapter->started)
			net_apply_queues(adapter);
		log_function(adapter, &state);
		tell = apply_link(adapter, &state);
	}
	rtnl_unlock();
	if (tell)
		lis_notify_peers(adapter->dev);
}

static void filter(void *context)
{
	struct net_adapter *adapter = context;
	int result = net_apply_filter(adapter);

	if (result && result != -ENODEV)
		lis_netdev_err(adapter->dev, "the host does not change what it delivers: error %d\n", result);
}

/* ---- works ---- */

int net_link_init(struct net_adapter *adapter)
{
	adapter->next_event = jiffies;
	adapter->next_restart = jiffies;
	adapter->worker = lis_os_queue_create("hv_netvsc_link");
	if (!adapter->worker)
		return -ENOMEM;
	adapter->link_work = lis_os_work_create(adapter->worker, look, adapter);
	adapter->late_work = lis_os_work_create(adapter->worker, look, adapter);
	adapter->filter_work = lis_os_work_create(adapter->worker, filter, adapter);
	return adapter->link_work && adapter->late_work && adapter->filter_work ? 0 : -ENOMEM;
}

void net_link_start(struct net_adapter *adapter)
{
	WRITE_ONCE(adapter->registered, 1);
	netvsc_shim_changed(adapter);
	net_filter_changed(adapter);
}

/* Twice: the first may submit the second. */
void net_link_stop(struct net_adapter *adapter)
{
	WRITE_ONCE(adapter->registered, 0);
	lis_os_work_cancel(adapter->link_work);
	lis_os_work_cancel(adapter->late_work);
	lis_os_work_cancel(adapter->link_work);
	lis_os_work_cancel(adapter->filter_work);
}

void net_link_exit(struct net_adapter *adapter)
{
	lis_os_work_destroy(adapter->link_work);
	lis_os_work_destroy(adapter->late_work);
	lis_os_work_destroy(adapter->filter_work);
	lis_os_queue_destroy(adapter->worker);
}
