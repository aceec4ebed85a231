// SPDX-License-Identifier: GPL-2.0-only
/* 3.10: a host template forbids WRITE SAME. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_TYPE(((struct scsi_host_template *)0)->no_write_same + 0, int);
