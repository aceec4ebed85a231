// SPDX-License-Identifier: GPL-2.0-only
/* 3.10: a unit is not sent REPORT SUPPORTED OPERATION CODES, nor WRITE SAME. RHEL 7. */
#include <linux/blkdev.h>
#include <scsi/scsi_device.h>

#include "probe.h"

LIS_PROBE_TYPE(((struct scsi_device *)0)->no_report_opcodes + ((struct scsi_device *)0)->no_write_same, int);
