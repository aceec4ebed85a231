/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border inside hv_storvsc: storvsc_* is the core's, called by the shim;
 * storvsc_shim_* is the shim's, called by the core. Process context unless a comment
 * says more. Names are those of protocol.md chapter 5.
 */
#ifndef STORVSC_CORE_H
#define STORVSC_CORE_H

#include <lis/os.h>
#include <lis/vmbus.h>

#ifdef __cplusplus
extern "C" {
#endif

struct storvsc; /* one controller; the core's */

#define STORVSC_CDB_LIMIT 16
#define STORVSC_SENSE_LIMIT 20

enum storvsc_kind {
	STORVSC_SCSI,
	STORVSC_IDE,
	STORVSC_FIBRE_CHANNEL,
};

struct storvsc_options {
	uint32_t kind;		    /* enum storvsc_kind */
	uint32_t ring_pages;	    /* of each ring, control page included */
	uint32_t subchannel_limit;  /* that are wanted at most */
	uint32_t dispatch;	    /* enum lis_vmbus_dispatch: where completions are delivered */
};

/* What the host and the rings allow; fixed from the first successful start. */
struct storvsc_limits {
	uint32_t version;	 /* major << 8 | minor */
	uint32_t transfer_bytes; /* of one command, a multiple of 4096 */
	uint32_t queue_depth;	 /* commands that may be outstanding on all channels */
	uint32_t subchannels;	 /* that the host was asked for */
	uint32_t ide_target;	 /* IDE: where the disk is; path and LUN are 0 */
	uint8_t port_name[8];	 /* Fibre Channel, big-endian */
	uint8_t node_name[8];
};

/* context: for the shim's functions. NULL: no memory. The channel outlives the result. */
struct storvsc *storvsc_create(struct lis_vmbus_channel *channel, const struct storvsc_options *options,
			       void *context) LIS_MUST_CHECK;
/* Stopped, or never started. */
void storvsc_destroy(struct storvsc *controller);

/*
 * Opens the channel and negotiates; sub-channels come later by themselves. May be called
 * again after storvsc_stop(). The errors of lis_vmbus_channel_open(), -LIS_ETIMEDOUT,
 * -LIS_EOPNOTSUPP (no common version), -LIS_EIO (the host refuses a step), -LIS_EBADMSG
 * (its ring or an answer makes no sense), -LIS_EPROTO (limits that cannot be lived with,
 * or lower ones than at the first start).
 */
int32_t storvsc_start(struct storvsc *controller) LIS_MUST_CHECK;
/*
 * Closes all channels. What is outstanding is delivered to storvsc_shim_complete() as
 * STORVSC_REQUEUE, after a rescind as STORVSC_NO_CONNECT; nothing is delivered afterwards.
 */
void storvsc_stop(struct storvsc *controller);

/* Valid after a successful start. Any context. */
const struct storvsc_limits *storvsc_limits_of(const struct storvsc *controller);

/* ---- commands ---- */

/*
 * Lies in memory of the shim that belongs to the command; the core's from a successful
 * storvsc_queue() until storvsc_shim_complete().
 */
struct storvsc_request {
	uint32_t bytes;
	uint8_t opcode;
	uint8_t is_question;
	uint8_t reserved[2];
};

enum storvsc_direction {
	STORVSC_TO_DEVICE,
	STORVSC_FROM_DEVICE,
	STORVSC_NO_DATA,
};

struct storvsc_command {
	const uint8_t *cdb; /* STORVSC_CDB_LIMIT bytes can be read */
	uint32_t address;   /* STORVSC_ADDRESS() of the unit */
	uint8_t cdb_bytes;  /* at most STORVSC_CDB_LIMIT */
	uint8_t direction;  /* enum storvsc_direction */
	uint8_t tagged;	    /* 1: the unit takes several commands at a time, in any order */
	uint8_t reserved;
	uint32_t data_bytes; /* at most transfer_bytes; 0 with STORVSC_NO_DATA */
	uint16_t data_offset; /* of the first byte in its page, below 4096 */
	uint16_t reserved2;
	/* The data's pages: a run of consecutive ones, perhaps none, then what storvsc_shim_frames() says. */
	uint64_t first_frame; /* guest page number */
	uint32_t first_run;
	uint32_t reserved3;
	void *frames; /* for storvsc_shim_frames() */
};

/* As protocol.md 5.3 has them, 8 bits each. */
#define STORVSC_ADDRESS(path, target, lun) \
	((uint32_t)(uint8_t)(path) | (uint32_t)(uint8_t)(target) << 8 | (uint32_t)(uint8_t)(lun) << 16)

/*
 * Hands the command to the host. The caller stays on this CPU meanwhile. more: 1 when
 * storvsc_commit() follows soon, which the host need not see it before. 0; -LIS_EAGAIN: no
 * room, and something is outstanding or the controller sleeps; -LIS_ENODEV: it is gone;
 * -LIS_EOPNOTSUPP: this host must not be sent such a command; -LIS_EINVAL. Any context but
 * NMI; never sleeps.
 */
int32_t storvsc_queue(struct storvsc *controller, uint32_t cpu, struct storvsc_request *request,
		      const struct storvsc_command *command, uint32_t more) LIS_MUST_CHECK;
/* Shows the host what was queued with more. Any context but NMI. */
void storvsc_commit(struct storvsc *controller);

/* Commands that the host has not answered. Any context; a moment's value. */
uint32_t storvsc_outstanding(struct storvsc *controller);

/*
 * Resets the bus, then waits for what is outstanding. When the host does not play its
 * part the controller is given up, and everything has been delivered on return: not 0.
 */
int32_t storvsc_reset(struct storvsc *controller) LIS_MUST_CHECK;

enum storvsc_outcome {
	STORVSC_DONE,	     /* scsi_status and sense say how */
	STORVSC_FAILED,	     /* without sense data */
	STORVSC_PASSED,	     /* failed; an ATA command, whose sender sees to it */
	STORVSC_BUSY,	     /* try again */
	STORVSC_REQUEUE,     /* try again at once, it was not executed */
	STORVSC_NO_CONNECT,  /* there is no such unit any more */
};

enum storvsc_action {
	STORVSC_NO_ACTION,
	STORVSC_RESCAN_UNIT, /* its capacity or parameters have changed */
	STORVSC_REMOVE_UNIT,
};

struct storvsc_verdict {
	uint8_t outcome; /* enum storvsc_outcome */
	uint8_t scsi_status;
	uint8_t action;	     /* enum storvsc_action */
	uint8_t sense_bytes; /* at most STORVSC_SENSE_LIMIT; 0: there is none */
	uint32_t residual;   /* bytes that were not transferred, at most those asked for */
	const uint8_t *sense;
};

/* Once for each queued command. Any context, hard interrupts too. */
void storvsc_shim_complete(struct storvsc_request *request, const struct storvsc_verdict *verdict);
/*
 * The guest page numbers of the next count pages of the command's data, behind its first
 * run. Called from storvsc_queue(), as often as it takes.
 */
void storvsc_shim_frames(void *frames, uint64_t *list, uint32_t count);
/* Units have come or gone. Any context, hard interrupts too. */
void storvsc_shim_units_changed(void *context);

#ifdef __cplusplus
}
#endif

#endif
