// SPDX-License-Identifier: GPL-2.0-only
/* 3.19: a host template asks for the queue depth to follow QUEUE FULL. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_TYPE(((struct scsi_host_template *)0)->track_queue_depth + 0, int);
