// SPDX-License-Identifier: GPL-2.0-only
/* 5.2: a host template says where lists of pages may have no gaps. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, virt_boundary_mask, unsigned long);
