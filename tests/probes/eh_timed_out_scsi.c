// SPDX-License-Identifier: GPL-2.0-only
/* 6.2: the answer to a time-out is the SCSI layer's. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, eh_timed_out, enum scsi_timeout_action (*)(struct scsi_cmnd *));
