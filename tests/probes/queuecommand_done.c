// SPDX-License-Identifier: GPL-2.0-only
/* family: queuecommand, required: one */
/* Before 2.6.37: with the function to call when it is done, under the host's lock. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, queuecommand,
		 int (*)(struct scsi_cmnd *, void (*)(struct scsi_cmnd *)));
