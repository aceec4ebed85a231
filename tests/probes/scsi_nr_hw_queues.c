// SPDX-License-Identifier: GPL-2.0-only
/* 3.17: several hardware queues. RHEL 7.2 has it. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct Scsi_Host, nr_hw_queues, unsigned);
