// SPDX-License-Identifier: GPL-2.0-only
/* Before 3.19: sets how many commands a unit may have, and how it is told their order. */
#include <linux/blkdev.h>
#include <scsi/scsi_device.h>

#include "probe.h"

LIS_PROBE_TYPE(&scsi_adjust_queue_depth, void (*)(struct scsi_device *, int, int));
