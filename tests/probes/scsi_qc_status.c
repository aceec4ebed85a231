// SPDX-License-Identifier: GPL-2.0-only
/* family: queuecommand, required: one */
/* 6.19: what queuecommand returns has a type of its own. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, queuecommand, enum scsi_qc_status (*)(struct Scsi_Host *, struct scsi_cmnd *));
