// SPDX-License-Identifier: GPL-2.0-only
/* Before 2.6.25: a command may have one buffer instead of a list. */
#include <linux/blkdev.h>
#include <scsi/scsi_cmnd.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_cmnd, request_buffer, void *);
