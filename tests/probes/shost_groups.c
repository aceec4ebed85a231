// SPDX-License-Identifier: GPL-2.0-only
/* family: shost_attrs, required: one */
/* 5.16: a host's attributes come in groups. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_MEMBER(struct scsi_host_template, shost_groups, const struct attribute_group **);
