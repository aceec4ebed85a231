// SPDX-License-Identifier: GPL-2.0-only
/* 3.19: the SCSI layer's own change_queue_depth. */
#include <linux/blkdev.h>
#include <scsi/scsi_device.h>

#include "probe.h"

LIS_PROBE_TYPE(&scsi_change_queue_depth, int (*)(struct scsi_device *, int));
