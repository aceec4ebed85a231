// SPDX-License-Identifier: GPL-2.0-only
/* Before 2.6.29: time-outs are reported to the transport. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>
#include <scsi/scsi_transport.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_transport_template, eh_timed_out, enum scsi_eh_timer_return (*)(struct scsi_cmnd *));
