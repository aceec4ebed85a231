// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.23: the memory behind a host. RHEL 5.7 or before. */
#include <linux/blkdev.h>
#include <scsi/scsi_host.h>

#include "probe.h"

LIS_PROBE_TYPE(shost_priv((struct Scsi_Host *)0), void *);
