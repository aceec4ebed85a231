// SPDX-License-Identifier: GPL-2.0-only
/* Before 5.18: scratch memory in each command. */
#include <linux/blkdev.h>
#include <scsi/scsi_cmnd.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_cmnd, SCp, struct scsi_pointer);
