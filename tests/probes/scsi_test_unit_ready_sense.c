// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.25: with the sense data as an answer. */
#include <linux/blkdev.h>
#include <scsi/scsi_device.h>

#include "probe.h"

LIS_PROBE_TYPE(&scsi_test_unit_ready, int (*)(struct scsi_device *, int, int, struct scsi_sense_hdr *));
