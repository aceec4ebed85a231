// SPDX-License-Identifier: GPL-2.0-only
/* hv_storvsc: SCSI, IDE and Fibre Channel controllers as SCSI hosts. */
#include <compat/compat.h>
#include <compat/device.h>
#include <compat/os_log.h>

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/module.h>

#include <lis_digest.h>

#include "storvsc_linux.h"

LIS_DEFINE_OS_LOG

#define RING_BYTES_DEFAULT (128 * 1024)
#define RING_BYTES_LEAST (16 * 1024)
#define RING_BYTES_MOST (4 * 1024 * 1024)

static unsigned int storvsc_ringbuffer_size = RING_BYTES_DEFAULT;
module_param(storvsc_ringbuffer_size, uint, 0444);
MODULE_PARM_DESC(storvsc_ringbuffer_size, "Ring buffer size (bytes)");

static unsigned int storvsc_max_hw_queues;
module_param(storvsc_max_hw_queues, uint, 0644);
MODULE_PARM_DESC(storvsc_max_hw_queues, "Maximum number of hardware queues (0: one for each CPU)");

static unsigned int storvsc_vcpus_per_sub_channel = 1;
module_param(storvsc_vcpus_per_sub_channel, uint, 0444);
MODULE_PARM_DESC(storvsc_vcpus_per_sub_channel, "Ratio of VCPUs to subchannels (1: as many as the host gives)");

/* A full ring is what makes another channel take over; known to users of older drivers. */
static unsigned int ring_avail_percent_lowater = 10;
module_param(ring_avail_percent_lowater, uint, 0444);
MODULE_PARM_DESC(ring_avail_percent_lowater, "Accepted and without effect");

int storvsc_logging_level;
module_param_named(logging_level, storvsc_logging_level, int, 0644);
MODULE_PARM_DESC(logging_level, "Logging level, 0 - None, 1 - Error (default), 2 - Warning.");

/* What the addresses of a controller can be (protocol.md 5.7). */
struct storage_space {
	unsigned int channels;
	unsigned int targets;
	unsigned int units;
};

static const struct storage_space spaces[] = {
	[STORVSC_SCSI] = { 8, 2, 255 },
	[STORVSC_IDE] = { 1, 1, 64 },
	[STORVSC_FIBRE_CHANNEL] = { 8, 128, 255 },
};
static const struct storage_space old_scsi_space = { 1, 1, 64 };

#define VERSION_WIN8 0x20004

static int configure_unit(struct scsi_device *unit LIS_UNIT_LIMITS)
{
	struct storage_host *host = shost_priv(unit->host);
	u32 version = storvsc_limits_of(host->core)->version;

#if LIS_NO_GAPS && !defined(LIS_HAVE_VIRT_BOUNDARY_MASK)
	blk_queue_virt_boundary(unit->request_queue, PAGE_SIZE - 1);
#endif
	lis_scsi_set_timeout(unit, 180 * HZ);
#ifdef LIS_HAVE_SCSI_NO_REPORT_OPCODES
	/* Hosts fail REPORT SUPPORTED OPERATION CODES, and WRITE SAME before 2016. */
	unit->no_report_opcodes = 1;
	unit->no_write_same = version < 0x0602 || strncmp(unit->vendor, "Msft", 4);
#endif
	/* Such disks claim SPC-2, and answer for the pages of SPC-3. */
	if (!strncmp(unit->vendor, "Msft", 4) && (version == 0x0501 || version == 0x0600))
		unit->scsi_level = SCSI_SPC_3;
	return 0;
}

/* Before the unit is asked for its pages. */
static int prepare_unit(struct scsi_device *unit)
{
	unit->hostdata = (void *)(unsigned long)STORVSC_ADDRESS(unit->channel, unit->id, unit->lun);
	unit->sdev_bflags |= BLIST_REPORTLUN2 | BLIST_TRY_VPD_PAGES;
	return 0;
}

#ifdef LIS_HAVE_SCSI_ADJUST_QUEUE_DEPTH
static int change_depth(struct scsi_device *unit, int depth LIS_DEPTH_REASON)
{
#ifdef LIS_HAVE_CHANGE_QUEUE_DEPTH_REASON
	if (reason == SCSI_QDEPTH_QFULL) {
		scsi_track_queue_full(unit, depth);
		return unit->queue_depth;
	}
#endif
	scsi_adjust_queue_depth(unit, 0, depth);
	return unit->queue_depth;
}
#endif

static struct scsi_host_template template = {
	.module = THIS_MODULE,
	.name = "storvsc_host_t",
	.proc_name = "storvsc_host",
	.queuecommand = storage_queuecommand,
#ifdef LIS_HAVE_COMMIT_RQS
	.commit_rqs = storage_commit,
#endif
#if defined(LIS_WAIT_ON) && !defined(LIS_WAIT_BY_TRANSPORT)
	.eh_timed_out = storage_timed_out,
#endif
	.eh_host_reset_handler = storage_host_reset,
#ifdef LIS_HAVE_SDEV_CONFIGURE
	.sdev_init = prepare_unit,
#else
	.slave_alloc = prepare_unit,
#endif
	.LIS_UNIT_CONFIGURE = configure_unit,
#ifdef LIS_HAVE_SCSI_CHANGE_QUEUE_DEPTH
	.change_queue_depth = scsi_change_queue_depth,
#endif
#ifdef LIS_HAVE_SCSI_ADJUST_QUEUE_DEPTH
	.change_queue_depth = change_depth,
#endif
#ifdef LIS_HAVE_SCSI_TRACK_QUEUE_DEPTH
	.track_queue_depth = 1,
#endif
#ifdef LIS_HAVE_SCSI_NO_WRITE_SAME
	.no_write_same = 1,
#endif
#ifdef LIS_HAVE_SCSI_USE_CLUSTERING
	.use_clustering = ENABLE_CLUSTERING,
#endif
#if LIS_NO_GAPS && defined(LIS_HAVE_VIRT_BOUNDARY_MASK)
	.virt_boundary_mask = PAGE_SIZE - 1,
#endif
#ifndef LIS_HAVE_SCSI_POINTER
	.cmd_size = sizeof(struct command_private),
#endif
	.LIS_TEMPLATE_ATTRIBUTES = storage_attributes,
	.this_id = -1,
};

static enum storvsc_kind kind_of(struct lis_vmbus_device *device);

static void choose_options(struct storvsc_options *options, enum storvsc_kind kind)
{
	unsigned int per_channel = max(storvsc_vcpus_per_sub_channel, 1u);
	unsigned int bytes = min_t(unsigned int, storvsc_ringbuffer_size, RING_BYTES_MOST);

	memset(options, 0, sizeof(*options));
	options->kind = kind;
	options->ring_pages = max_t(unsigned int, bytes, RING_BYTES_LEAST) >> PAGE_SHIFT;
	options->subchannel_limit = (num_online_cpus() - 1) / per_channel;
	options->dispatch = LIS_VMBUS_DISPATCH_IRQ;
#if defined(CONFIG_PREEMPT_RT) || defined(CONFIG_PREEMPT_RT_FULL)
	/* The interrupt is a hard one also where others are threads; there completions are not for it. */
	options->dispatch = LIS_VMBUS_DISPATCH_SOFTIRQ;
#endif
}

static u32 largest_transfer(struct storage_host *host)
{
	u32 bytes = storvsc_limits_of(host->core)->transfer_bytes;

	return LIS_NO_GAPS ? bytes : min_t(u32, bytes, STORAGE_BOUNCE_BYTES);
}

static void choose_limits(struct storage_host *host)
{
	const struct storvsc_limits *limits = storvsc_limits_of(host->core);
	u32 transfer_bytes = largest_transfer(host);
	const struct storage_space *space = &spaces[host->kind];
	struct Scsi_Host *scsi = host->scsi;

	if (host->kind == STORVSC_SCSI && lis_vmbus_version() < VERSION_WIN8)
		space = &old_scsi_space;
	scsi->max_channel = space->channels - 1;
	scsi->max_id = host->kind == STORVSC_IDE ? limits->ide_target + 1 : space->targets;
	scsi->max_lun = space->units;
	scsi->max_cmd_len = STORVSC_CDB_LIMIT;
	/* Pages of a transfer that does not begin with one. */
	scsi->sg_tablesize = min_t(unsigned int, transfer_bytes / PAGE_SIZE + 1, SG_MAX_SEGMENTS);
	scsi->max_sectors = transfer_bytes >> 9;
	scsi->can_queue = limits->queue_depth;
	scsi->cmd_per_lun = min_t(unsigned int, limits->queue_depth, 2048);
#ifdef LIS_HAVE_SCSI_NR_HW_QUEUES
	scsi->nr_hw_queues = num_online_cpus();
	if (storvsc_max_hw_queues)
		scsi->nr_hw_queues = min_t(unsigned int, scsi->nr_hw_queues, storvsc_max_hw_queues);
#endif
}

static int find_units(struct storage_host *host)
{
	if (host->kind == STORVSC_IDE)
		return scsi_add_device(host->scsi, 0, storvsc_limits_of(host->core)->ide_target, 0);
	scsi_scan_host(host->scsi);
	return 0;
}

static void free_host(struct storage_host *host)
{
	struct storvsc *core = host->core;

	if (core)
		storvsc_stop(core); /* a reset that is under way ends by that */
	storage_units_free(host);
	mutex_lock(&host->reset_lock);
	host->core = NULL;
	mutex_unlock(&host->reset_lock);
	storvsc_destroy(core);
	storage_bounce_free(host);
	scsi_host_put(host->scsi);
}

static int32_t probe(struct lis_vmbus_device *device)
{
	struct Scsi_Host *scsi = scsi_host_alloc(&template, sizeof(struct storage_host));
	struct storvsc_options options;
	struct storage_host *host;
	int32_t result;

	if (!scsi)
		return -ENOMEM;
	host = shost_priv(scsi);
	host->scsi = scsi;
	host->kind = kind_of(device);
	mutex_init(&host->reset_lock);
	choose_options(&options, host->kind);
	result = storage_units_init(host);
	if (result)
		goto free;
	host->core = storvsc_create(lis_vmbus_device_channel(device), &options, host);
	result = host->core ? storvsc_start(host->core) : -ENOMEM;
	if (result)
		goto free;
	choose_limits(host);
	result = LIS_NO_GAPS ? 0 : storage_bounce_reserve(host, largest_transfer(host));
	if (result)
		goto free;
#ifdef LIS_WAIT_BY_TRANSPORT
	storage_wait_by_transport(host);
#endif
	storage_fibre_prepare(host);
	result = scsi_add_host(scsi, lis_vmbus_device_base(device));
	if (result)
		goto free;
	storage_fibre_describe(host);
	lis_vmbus_device_set_data(device, host);
	result = find_units(host);
	if (!result)
		return 0;
	lis_os_log(LIS_OS_LOG_ERROR, "host %u: no disk: error %d", scsi->host_no, result);
	lis_vmbus_device_set_data(device, NULL);
	storage_fibre_remove(host);
	scsi_remove_host(scsi);
free:
	free_host(host);
	return result;
}

/* After a rescind the core has delivered what was outstanding, else this waits for it. */
static void remove_device(struct lis_vmbus_device *device)
{
	struct storage_host *host = lis_vmbus_device_data(device);

	storage_fibre_remove(host);
	scsi_remove_host(host->scsi);
	lis_vmbus_device_set_data(device, NULL);
	free_host(host);
}

static int32_t suspend(struct lis_vmbus_device *device)
{
	struct storage_host *host = lis_vmbus_device_data(device);

	storvsc_stop(host->core);
	return 0;
}

static int32_t resume(struct lis_vmbus_device *device)
{
	struct storage_host *host = lis_vmbus_device_data(device);

	return storvsc_start(host->core);
}

/* In the order of enum storvsc_kind. */
static const struct lis_guid classes[] = {
	/* ba6163d9-04a1-4d29-b605-72e2ffb1dc7f */
	{ { 0xd9, 0x63, 0x61, 0xba, 0xa1, 0x04, 0x29, 0x4d, 0xb6, 0x05, 0x72, 0xe2, 0xff, 0xb1, 0xdc, 0x7f } },
	/* 32412632-86cb-44a2-9b5c-50d1417354f5 */
	{ { 0x32, 0x26, 0x41, 0x32, 0xcb, 0x86, 0xa2, 0x44, 0x9b, 0x5c, 0x50, 0xd1, 0x41, 0x73, 0x54, 0xf5 } },
	/* 2f9bcc4a-0069-4af3-b76b-6fd0be528cda */
	{ { 0x4a, 0xcc, 0x9b, 0x2f, 0x69, 0x00, 0xf3, 0x4a, 0xb7, 0x6b, 0x6f, 0xd0, 0xbe, 0x52, 0x8c, 0xda } },
};

static enum storvsc_kind kind_of(struct lis_vmbus_device *device)
{
	const struct lis_vmbus_offer *offer = lis_vmbus_channel_offer(lis_vmbus_device_channel(device));
	unsigned int kind;

	for (kind = STORVSC_SCSI; kind < STORVSC_FIBRE_CHANNEL; kind++)
		if (!memcmp(&offer->class_id, &classes[kind], sizeof(classes[kind])))
			break;
	return kind;
}

static struct lis_vmbus_driver driver = {
	.size = sizeof(driver),
	.digest = LIS_HEADER_DIGEST,
	.name = "hv_storvsc",
	.version = LIS_VERSION,
	.classes = classes,
	.class_count = sizeof(classes) / sizeof(classes[0]),
	.probe = probe,
	.remove = remove_device,
	.suspend = suspend,
	.resume = resume,
};

static int __init hv_storvsc_init(void)
{
	int result = storage_fibre_init();

	if (result)
		return result;
	result = lis_vmbus_driver_register(&driver, THIS_MODULE);
	if (result)
		storage_fibre_exit();
	return result;
}

static void __exit hv_storvsc_exit(void)
{
	lis_vmbus_driver_unregister(&driver);
	storage_fibre_exit();
}

module_init(hv_storvsc_init);
module_exit(hv_storvsc_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hyper-V storage controllers");
MODULE_VERSION(LIS_VERSION);
MODULE_ALIAS("vmbus:d96361baa104294db60572e2ffb1dc7f");
MODULE_ALIAS("vmbus:32264132cb86a2449b5c50d1417354f5");
MODULE_ALIAS("vmbus:4acc9b2f6900f34ab76b6fd0be528cda");
