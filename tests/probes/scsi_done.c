// SPDX-License-Identifier: GPL-2.0-only
/* 5.16: a function; a member of the command before. */
#include <linux/blkdev.h>
#include <scsi/scsi_cmnd.h>

#include "probe.h"

LIS_PROBE_TYPE(&scsi_done, void (*)(struct scsi_cmnd *));
