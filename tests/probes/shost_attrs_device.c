// SPDX-License-Identifier: GPL-2.0-only
/* family: shost_attrs, required: one */
/* 2.6.26: a host's attributes are those of a device. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, shost_attrs, struct device_attribute **);
