/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shims of hv_storvsc know of each other. */
#ifndef STORVSC_LINUX_H
#define STORVSC_LINUX_H

#include <compat/scsi.h>

#include <lis/vmbus.h>

#include "storvsc_core.h"

#define STORVSC_NOTES 32

/* A unit of which a completion has told. */
struct unit_note {
	unsigned int channel;
	unsigned int id;
	u64 lun;
	u32 action; /* enum storvsc_action */
};

/* Lies in the Scsi_Host. */
struct storage_host {
	struct storvsc *core;
	struct Scsi_Host *scsi;
	enum storvsc_kind kind;

	/* ---- commands_linux.c ---- */
	atomic_long_t late_commands; /* that the host has let wait for longer than their time */
	unsigned long late_logged;   /* jiffies */

	/* ---- units_linux.c ---- */
	struct lis_os_queue *worker;
	struct lis_os_work *units_work;
	spinlock_t notes_lock; /* the next three */
	struct unit_note notes[STORVSC_NOTES];
	unsigned int note_count;
	bool scan_wanted;
};

/* Of the host template. */
#ifdef LIS_HAVE_QUEUECOMMAND_DONE
int storage_queuecommand(struct scsi_cmnd *command, void (*done)(struct scsi_cmnd *));
#else
lis_queue_status storage_queuecommand(struct Scsi_Host *scsi, struct scsi_cmnd *command);
#endif
void storage_commit(struct Scsi_Host *scsi, u16 queue);
int storage_host_reset(struct scsi_cmnd *command);
#ifdef LIS_WAIT_ON
lis_timeout_action storage_timed_out(struct scsi_cmnd *command);
#endif

/* -ENOMEM. */
int storage_units_init(struct storage_host *host);
/* Nobody notes anything any more. */
void storage_units_free(struct storage_host *host);
/* Any context. */
void storage_note_unit(struct storage_host *host, struct scsi_device *unit, u32 action);

/* logging_level: 0 errors, 1 warnings too, 2 each step. */
extern int storvsc_logging_level;

/* Fibre Channel: the transport's host attributes; nothing where the kernel has none. */
int storage_fibre_init(void);
void storage_fibre_exit(void);
/* Before and after scsi_add_host(). */
void storage_fibre_prepare(struct storage_host *host);
void storage_fibre_describe(struct storage_host *host);
void storage_fibre_remove(struct storage_host *host);

#endif
