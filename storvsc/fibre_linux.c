// SPDX-License-Identifier: GPL-2.0-only
/* What a Fibre Channel controller shows in /sys/class/fc_host. */
#include "storvsc_linux.h"

#if defined(CONFIG_SCSI_FC_ATTRS) || defined(CONFIG_SCSI_FC_ATTRS_MODULE)

#include <scsi/scsi_transport_fc.h>

static struct scsi_transport_template *transport;

/* There is no loop; people use this to have the host looked at again. */
static int issue_lip(struct Scsi_Host *scsi)
{
	storvsc_shim_units_changed(shost_priv(scsi));
	return 0;
}

static struct fc_function_template functions = {
	.show_host_node_name = 1,
	.show_host_port_name = 1,
	.show_host_port_type = 1,
	.issue_fc_host_lip = issue_lip,
};

int storage_fibre_init(void)
{
	transport = fc_attach_transport(&functions);
	if (!transport)
		return -ENOMEM;
#ifdef LIS_TRANSPORT_WAITS
	/* The transport's own looks at remote ports, of which there are none. */
	transport->eh_timed_out = storage_timed_out;
#endif
	return 0;
}

void storage_fibre_exit(void)
{
	fc_release_transport(transport);
}

void storage_fibre_prepare(struct storage_host *host)
{
	if (host->kind == STORVSC_FIBRE_CHANNEL)
		host->scsi->transportt = transport;
}

void storage_fibre_describe(struct storage_host *host)
{
	const struct storvsc_limits *limits = storvsc_limits_of(host->core);

	if (host->kind != STORVSC_FIBRE_CHANNEL)
		return;
	fc_host_node_name(host->scsi) = wwn_to_u64((u8 *)limits->node_name);
	fc_host_port_name(host->scsi) = wwn_to_u64((u8 *)limits->port_name);
	fc_host_port_type(host->scsi) = FC_PORTTYPE_NPORT;
}

void storage_fibre_remove(struct storage_host *host)
{
	if (host->kind == STORVSC_FIBRE_CHANNEL)
		fc_remove_host(host->scsi);
}

#else

int storage_fibre_init(void)
{
	return 0;
}

void storage_fibre_exit(void)
{
}

void storage_fibre_prepare(struct storage_host *host)
{
}

void storage_fibre_describe(struct storage_host *host)
{
}

void storage_fibre_remove(struct storage_host *host)
{
}

#endif
