// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.31: the host template has eh_timed_out. 6.2: it returns another type. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, eh_timed_out, enum blk_eh_timer_return (*)(struct scsi_cmnd *));
