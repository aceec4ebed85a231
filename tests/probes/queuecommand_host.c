// SPDX-License-Identifier: GPL-2.0-only
/* family: queuecommand, required: one */
/* 2.6.37: queuecommand gets the host, whose lock is not held. 6.19: it returns another type. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, queuecommand, int (*)(struct Scsi_Host *, struct scsi_cmnd *));
