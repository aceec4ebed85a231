// SPDX-License-Identifier: GPL-2.0-only
/* Before 5.0: whether neighbouring pages may be one entry of a list. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_TYPE(((struct scsi_host_template *)0)->use_clustering + 0, int);
