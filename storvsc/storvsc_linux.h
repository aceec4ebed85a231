/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shims of hv_storvsc know of each other. */
#ifndef STORVSC_LINUX_H
#define STORVSC_LINUX_H

#include <compat/scsi.h>
#include <compat/scsi_attribute.h>
#include <compat/scsi_list.h>

#include <linux/mutex.h>

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

#define STORAGE_BOUNCE_BUFFERS 4
/* The largest transfer of a host that has such buffers: that of the block layers there. */
#define STORAGE_BOUNCE_BYTES (512 * 1024)

/* bounce_linux.c: for lists of pages with gaps. */
struct bounce_pool {
	spinlock_t lock; /* the next two */
	u8 *idle[STORAGE_BOUNCE_BUFFERS];
	unsigned int idle_count;
	unsigned int bytes; /* of each buffer; 0: there are none */
	atomic_t bounced;   /* commands that had one */
	atomic_t waits;	    /* that were put off because all were taken */
};

/* Lies in the memory that belongs to a command. */
struct command_private {
	struct storvsc_request request; /* first */
	u8 *bounce;			/* NULL: the host has the command's own pages */
};

/* Lies in the Scsi_Host. */
struct storage_host {
	struct storvsc *core; /* goes under reset_lock; commands have ended before */
	struct mutex reset_lock;
	struct Scsi_Host *scsi;
	enum storvsc_kind kind;

	struct bounce_pool bounce;

	/* ---- commands_linux.c ---- */
	atomic_t late_commands;	   /* that the host has let wait for longer than their time */
	unsigned long late_logged; /* jiffies */

	/* ---- units_linux.c ---- */
	struct lis_os_queue *worker;
	struct lis_os_work *units_work;
	spinlock_t notes_lock; /* the next three */
	struct unit_note notes[STORVSC_NOTES];
	unsigned int note_count;
	bool scan_wanted;
	bool rescan_wanted; /* of every unit */
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

/* As many buffers as there is memory for; -ENOMEM: not even one. */
int storage_bounce_reserve(struct storage_host *host, unsigned int bytes);
void storage_bounce_free(struct storage_host *host);
/*
 * A buffer with what the command's pages have, whichever way the transfer goes: what the host
 * does not write stays as it was. Any context; never sleeps, never allocates.
 * 0; -EAGAIN: all are taken by commands that the host has; -EINVAL: too large.
 */
int storage_bounce_take(struct storage_host *host, struct scsi_cmnd *command, u8 **buffer);
/* bytes: that go back into the command's pages. Any context. */
void storage_bounce_put(struct storage_host *host, struct scsi_cmnd *command, u8 *buffer, unsigned int bytes);
extern lis_host_attributes storage_attributes[];

/* -ENOMEM. */
int storage_units_init(struct storage_host *host);
/* Nobody notes anything any more. */
void storage_units_free(struct storage_host *host);
/* Any context. */
void storage_note_unit(struct storage_host *host, struct scsi_device *unit, u32 action);

/* logging_level: 0 errors, 1 warnings too, 2 each step. */
extern int storvsc_logging_level;

#ifdef LIS_WAIT_BY_TRANSPORT
void storage_wait_by_transport(struct storage_host *host);
#endif

/* Fibre Channel: the transport's host attributes; nothing where the kernel has none. */
int storage_fibre_init(void);
void storage_fibre_exit(void);
/* Before and after scsi_add_host(). */
void storage_fibre_prepare(struct storage_host *host);
void storage_fibre_describe(struct storage_host *host);
void storage_fibre_remove(struct storage_host *host);

#endif
