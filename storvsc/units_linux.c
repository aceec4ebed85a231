// SPDX-License-Identifier: GPL-2.0-only
/* Units that come, go, or change: looked after by one work item of each host. */
#include "storvsc_linux.h"

/* A unit that has gone fails this with a note that it has. */
static void look_at_units(struct storage_host *host, bool rescan)
{
	struct scsi_device *unit;

	shost_for_each_device(unit, host->scsi) {
		lis_scsi_test_unit_ready(unit, HZ, 1);
		if (rescan)
			lis_scsi_rescan(unit);
	}
}

static void handle_note(struct storage_host *host, const struct unit_note *note)
{
	struct scsi_device *unit = scsi_device_lookup(host->scsi, note->channel, note->id, note->lun);

	if (!unit)
		return;
	if (note->action == STORVSC_REMOVE_UNIT)
		scsi_remove_device(unit);
	else
		lis_scsi_rescan(unit);
	scsi_device_put(unit);
}

static bool take_note(struct storage_host *host, struct unit_note *note)
{
	unsigned long flags;
	bool taken = false;

	spin_lock_irqsave(&host->notes_lock, flags);
	if (host->note_count) {
		*note = host->notes[--host->note_count];
		taken = true;
	}
	spin_unlock_irqrestore(&host->notes_lock, flags);
	return taken;
}

static bool take_scan(struct storage_host *host, bool *rescan)
{
	unsigned long flags;
	bool wanted;

	spin_lock_irqsave(&host->notes_lock, flags);
	wanted = host->scan_wanted;
	*rescan = host->rescan_wanted;
	host->scan_wanted = false;
	host->rescan_wanted = false;
	spin_unlock_irqrestore(&host->notes_lock, flags);
	return wanted;
}

static void handle_notes(struct storage_host *host)
{
	struct unit_note note;

	while (take_note(host, &note))
		handle_note(host, &note);
}

static void look_after_units(void *context)
{
	struct storage_host *host = context;
	bool rescan;

	handle_notes(host);
	while (take_scan(host, &rescan)) {
		look_at_units(host, rescan);
		handle_notes(host);
		if (host->kind != STORVSC_IDE)
			scsi_scan_host(host->scsi);
	}
}

/* With more notes than there is room for, everything is looked at. */
void storage_note_unit(struct storage_host *host, struct scsi_device *unit, u32 action)
{
	struct unit_note *note;
	unsigned long flags;
	unsigned int at;

	spin_lock_irqsave(&host->notes_lock, flags);
	for (at = 0; at < host->note_count; at++) {
		note = &host->notes[at];
		if (note->channel == unit->channel && note->id == unit->id && note->lun == unit->lun)
			break;
	}
	if (at == STORVSC_NOTES) {
		host->scan_wanted = true;
		host->rescan_wanted = true;
	} else {
		note = &host->notes[at];
		if (at == host->note_count) {
			host->note_count++;
			note->action = STORVSC_NO_ACTION;
		}
		note->channel = unit->channel;
		note->id = unit->id;
		note->lun = unit->lun;
		note->action = max(note->action, action);
	}
	spin_unlock_irqrestore(&host->notes_lock, flags);
	lis_os_work_submit(host->units_work);
}

void storvsc_shim_units_changed(void *context)
{
	struct storage_host *host = context;
	unsigned long flags;

	spin_lock_irqsave(&host->notes_lock, flags);
	host->scan_wanted = true;
	spin_unlock_irqrestore(&host->notes_lock, flags);
	lis_os_work_submit(host->units_work);
}

int storage_units_init(struct storage_host *host)
{
	spin_lock_init(&host->notes_lock);
	host->worker = lis_os_queue_create("hv_storvsc_units");
	if (!host->worker)
		return -ENOMEM;
	host->units_work = lis_os_work_create(host->worker, look_after_units, host);
	return host->units_work ? 0 : -ENOMEM;
}

void storage_units_free(struct storage_host *host)
{
	lis_os_work_destroy(host->units_work);
	lis_os_queue_destroy(host->worker);
}
