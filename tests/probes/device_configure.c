// SPDX-License-Identifier: GPL-2.0-only
/* 6.10: slave_configure with the limits of the queue. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, device_configure, int (*)(struct scsi_device *, struct queue_limits *));
