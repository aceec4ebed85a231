/* SPDX-License-Identifier: GPL-2.0-only */
/* The SCSI layer: types and names that changed, and where a command's private memory is. */
#ifndef LIS_COMPAT_SCSI_H
#define LIS_COMPAT_SCSI_H

#include <compat/compat.h>

#include <linux/blkdev.h>

#include <scsi/scsi.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_devinfo.h>
#include <scsi/scsi_eh.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_transport.h>

#ifndef SG_MAX_SEGMENTS
#define SG_MAX_SEGMENTS SG_ALL
#endif

#ifndef BLIST_TRY_VPD_PAGES
#define BLIST_TRY_VPD_PAGES 0
#endif

#ifndef LIS_HAVE_SHOST_PRIV
#define shost_priv(scsi) ((void *)(scsi)->hostdata)
#endif

#ifdef LIS_HAVE_SCSI_TEST_UNIT_READY_SENSE
#define lis_scsi_test_unit_ready(unit, jiffies, retries) scsi_test_unit_ready(unit, jiffies, retries, NULL)
#else
#define lis_scsi_test_unit_ready(unit, jiffies, retries) scsi_test_unit_ready(unit, jiffies, retries)
#endif

/*
 * The block layer keeps gaps out of lists of pages, if it is asked to. LIS_STORAGE_NO_VIRT_BOUNDARY
 * is for tests of what takes its place on kernels where it does not.
 */
#if (defined(LIS_HAVE_VIRT_BOUNDARY_MASK) || defined(LIS_HAVE_BLK_QUEUE_VIRT_BOUNDARY)) && \
	!defined(LIS_STORAGE_NO_VIRT_BOUNDARY)
#define LIS_NO_GAPS 1
#else
#define LIS_NO_GAPS 0
#endif

#ifdef LIS_HAVE_SCSI_QC_STATUS
typedef enum scsi_qc_status lis_queue_status;
#else
typedef int lis_queue_status;
#endif

#ifdef LIS_HAVE_SCSI_DONE
#define lis_scsi_done(command) scsi_done(command)
#else
#define lis_scsi_done(command) ((command)->scsi_done(command))
#endif

/* Memory that belongs to a command: a few words in it, or what the host template asked for. */
#ifdef LIS_HAVE_SCSI_POINTER
#define LIS_COMMAND_PRIVATE_LIMIT sizeof(struct scsi_pointer)
#define lis_command_private(command) ((void *)&(command)->SCp)
#define lis_private_command(memory) container_of((struct scsi_pointer *)(memory), struct scsi_cmnd, SCp)
#else
#define LIS_COMMAND_PRIVATE_LIMIT 4096
#define lis_command_private(command) scsi_cmd_priv(command)
#define lis_private_command(memory) ((struct scsi_cmnd *)(memory) - 1)
#endif

/* Batches: commands that are not the last of one, and a call at its end. */
#ifdef LIS_HAVE_COMMIT_RQS
#define lis_command_is_last(command) (((command)->flags & SCMD_LAST) != 0)
#else
#define lis_command_is_last(command) 1
#endif

#if defined(LIS_HAVE_EH_TIMED_OUT_SCSI)
typedef enum scsi_timeout_action lis_timeout_action;
#define LIS_WAIT_ON SCSI_EH_RESET_TIMER
#elif defined(LIS_HAVE_EH_TIMED_OUT_BLK)
typedef enum blk_eh_timer_return lis_timeout_action;
#define LIS_WAIT_ON BLK_EH_RESET_TIMER
#elif defined(LIS_HAVE_TRANSPORT_TIMED_OUT_EH)
typedef enum scsi_eh_timer_return lis_timeout_action;
#define LIS_WAIT_ON EH_RESET_TIMER
/* A host is asked by way of its transport only. */
#define LIS_WAIT_BY_TRANSPORT
#endif

/* A transport is asked before the host is. */
#if defined(LIS_HAVE_TRANSPORT_TIMED_OUT_EH) || defined(LIS_HAVE_TRANSPORT_TIMED_OUT_BLK)
#define LIS_TRANSPORT_WAITS
#endif

#ifdef LIS_HAVE_BLK_QUEUE_RQ_TIMEOUT
#define lis_scsi_set_timeout(unit, jiffies) blk_queue_rq_timeout((unit)->request_queue, jiffies)
#else
#define lis_scsi_set_timeout(unit, jiffies) ((unit)->timeout = (jiffies))
#endif

/* Before scsi_change_queue_depth(): what else change_queue_depth gets. */
#ifdef LIS_HAVE_CHANGE_QUEUE_DEPTH_REASON
#define LIS_DEPTH_REASON , int reason
#else
#define LIS_DEPTH_REASON
#endif

/* Called once for a new unit; limits are where newer kernels keep them. */
#if defined(LIS_HAVE_SDEV_CONFIGURE)
#define LIS_UNIT_CONFIGURE sdev_configure
#define LIS_UNIT_LIMITS , struct queue_limits *limits
#elif defined(LIS_HAVE_DEVICE_CONFIGURE)
#define LIS_UNIT_CONFIGURE device_configure
#define LIS_UNIT_LIMITS , struct queue_limits *limits
#else
#define LIS_UNIT_CONFIGURE slave_configure
#define LIS_UNIT_LIMITS
#endif

#ifdef LIS_HAVE_SCSI_RESCAN_BASE
#define lis_scsi_rescan(unit) scsi_rescan_device(&(unit)->sdev_gendev)
#else
#define lis_scsi_rescan(unit) scsi_rescan_device(unit)
#endif

#endif
