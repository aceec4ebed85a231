// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.33 to 3.18: a host is told why the depth of a queue shall change. RHEL 6 has it. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, change_queue_depth, int (*)(struct scsi_device *, int, int));
