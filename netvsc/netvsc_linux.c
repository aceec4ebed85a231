// SPDX-License-Identifier: GPL-2.0-only
/* hv_netvsc: network adapters as network devices. */
#include <compat/os_log.h>

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/module.h>

#include <lis_digest.h>

#include "netvsc_linux.h"

LIS_DEFINE_OS_LOG

#define RING_PAGES_DEFAULT 128
#define RING_PAGES_LEAST 64
#define RING_PAGES_MOST 2048

static unsigned int ring_size = RING_PAGES_DEFAULT;
module_param(ring_size, uint, 0444);
MODULE_PARM_DESC(ring_size, "Ring buffer size (# of pages)");

static int debug = -1;
module_param(debug, int, 0444);
MODULE_PARM_DESC(debug, "Debug level (0=none,...,16=all)");

#define MESSAGES_DEFAULT (NETIF_MSG_DRV | NETIF_MSG_PROBE | NETIF_MSG_LINK | NETIF_MSG_IFUP | NETIF_MSG_IFDOWN | NETIF_MSG_TX_ERR)

static void choose_options(struct net_adapter *adapter)
{
	struct netvsc_options *options = &adapter->options;

	options->ring_pages = clamp_t(unsigned int, ring_size, RING_PAGES_LEAST, RING_PAGES_MOST);
	options->receive_sections = NET_RECEIVE_SECTIONS_DEFAULT;
	options->send_sections = NET_SEND_SECTIONS_DEFAULT;
	options->mtu = ETH_DATA_LEN;
	options->queues = min_t(u32, min_t(u32, adapter->queue_count, num_online_cpus()), NET_QUEUES_DEFAULT);
	options->sriov = 1;
	adapter->message_level = netif_msg_init(debug, MESSAGES_DEFAULT);
}

/* The host says how many it gives only to those who want more. */
static void note_queues(struct net_adapter *adapter)
{
	const struct netvsc_info *info = netvsc_info_of(adapter->core);

	adapter->queue_most = adapter->queue_count;
	if (info->queue_limit < adapter->options.queues)
		adapter->queue_most = info->queue_limit;
}

static int32_t probe(struct lis_vmbus_device *device)
{
	unsigned int queues = min_t(unsigned int, num_possible_cpus(), LIS_SEND_QUEUES_LIMIT);
	struct net_adapter *adapter = net_device_create(queues);
	int32_t result = -ENOMEM;

	if (!adapter)
		return -ENOMEM;
	SET_NETDEV_DEV(adapter->dev, lis_vmbus_device_base(device));
	choose_options(adapter);
	adapter->core = netvsc_create(lis_vmbus_device_channel(device), adapter);
	if (!adapter->core)
		goto free;
	result = net_attach(adapter);
	if (result)
		goto destroy;
	note_queues(adapter);
	net_device_describe(adapter);
	lis_vmbus_device_set_data(device, adapter);
	result = register_netdev(adapter->dev);
	if (result)
		goto stop;
	net_link_start(adapter);
	return 0;
stop:
	lis_vmbus_device_set_data(device, NULL);
	net_detach(adapter);
destroy:
	netvsc_destroy(adapter->core);
free:
	net_device_free(adapter);
	return result;
}

/*
 * Works go first, so that none finds a device that is not registered any more; what the core
 * says after that submits none.
 */
static void remove_device(struct lis_vmbus_device *device)
{
	struct net_adapter *adapter = lis_vmbus_device_data(device);

	net_link_stop(adapter);
	unregister_netdev(adapter->dev);
	net_detach(adapter);
	net_link_stop(adapter); /* one that saw the device registered */
	netvsc_destroy(adapter->core);
	lis_vmbus_device_set_data(device, NULL);
	net_device_free(adapter);
}

static int32_t suspend(struct lis_vmbus_device *device)
{
	struct net_adapter *adapter = lis_vmbus_device_data(device);

	rtnl_lock();
	netif_device_detach(adapter->dev);
	net_detach(adapter);
	rtnl_unlock();
	return 0;
}

static int32_t resume(struct lis_vmbus_device *device)
{
	struct net_adapter *adapter = lis_vmbus_device_data(device);
	int32_t result;

	rtnl_lock();
	result = net_attach(adapter);
	netif_device_attach(adapter->dev);
	rtnl_unlock();
	return result;
}

/* f8615163-df3e-46c5-913f-f2d2f965ed0e */
static const struct lis_guid class = {
	{ 0x63, 0x51, 0x61, 0xf8, 0x3e, 0xdf, 0xc5, 0x46, 0x91, 0x3f, 0xf2, 0xd2, 0xf9, 0x65, 0xed, 0x0e }
};

static struct lis_vmbus_driver driver = {
	.size = sizeof(driver),
	.digest = LIS_HEADER_DIGEST,
	.name = "hv_netvsc",
	.version = LIS_VERSION,
	.classes = &class,
	.class_count = 1,
	.probe = probe,
	.remove = remove_device,
	.suspend = suspend,
	.resume = resume,
};

static int __init hv_netvsc_init(void)
{
	return lis_vmbus_driver_register(&driver, THIS_MODULE);
}

static void __exit hv_netvsc_exit(void)
{
	lis_vmbus_driver_unregister(&driver);
}

module_init(hv_netvsc_init);
module_exit(hv_netvsc_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hyper-V network adapters");
MODULE_VERSION(LIS_VERSION);
MODULE_ALIAS("vmbus:635161f83edfc546913ff2d2f965ed0e");
