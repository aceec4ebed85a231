/* SPDX-License-Identifier: GPL-2.0-only */
/* family: acpi_address64, required: one
 * 4.0: resource addresses are in a struct of their own. Back-ported to RHEL 7.
 */
#include <linux/acpi.h>
#include "probe.h"

u64 lis_probe(struct acpi_resource_address64 *r) { return r->address.minimum; }
