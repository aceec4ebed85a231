// SPDX-License-Identifier: GPL-2.0-only
/* 6.14: the name of device_configure. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, sdev_configure, int (*)(struct scsi_device *, struct queue_limits *));
