// SPDX-License-Identifier: GPL-2.0-only
/* 2.6.23: what a command transfers is asked for. RHEL 5.3 has it. Before, and in all of RHEL 5, it lies in members. */
#include <linux/blkdev.h>
#include <scsi/scsi_cmnd.h>

void *lis_probe(struct scsi_cmnd *command);

void *lis_probe(struct scsi_cmnd *command)
{
	scsi_set_resid(command, (int)scsi_bufflen(command));
	return scsi_sg_count(command) ? scsi_sglist(command) : 0;
}
