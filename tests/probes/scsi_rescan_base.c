// SPDX-License-Identifier: GPL-2.0-only
/* Before 6.6: rescans a SCSI device by its struct device. */
#include <linux/blkdev.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_TYPE(&scsi_rescan_device, void (*)(struct device *));
