// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.28: a queue has the time-out of its commands; before, the SCSI unit. */
#include <linux/blkdev.h>

#include "probe.h"

LIS_PROBE_TYPE(&blk_queue_rq_timeout, void (*)(struct request_queue *, unsigned int));
