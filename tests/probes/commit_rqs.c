// SPDX-License-Identifier: GPL-2.0-only
/* 5.3: a driver is told which command is the last of a batch. RHEL 8 has it from 8.2 on. */
#include <linux/blkdev.h>
#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_host.h>

#include "probe.h"

#ifndef SCMD_LAST
#error "no such flag"
#endif
LIS_PROBE_MEMBER(struct scsi_host_template, commit_rqs, void (*)(struct Scsi_Host *, u16));
