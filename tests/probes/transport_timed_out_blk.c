// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.29 to 4.10: time-outs are reported to the transport, if it wants them, else to the host. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_transport.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_transport_template, eh_timed_out, enum blk_eh_timer_return (*)(struct scsi_cmnd *));
