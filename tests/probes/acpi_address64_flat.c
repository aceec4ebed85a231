/* SPDX-License-Identifier: GPL-2.0-only */
/* family: acpi_address64, required: one
 * Until 3.19. RHEL 5 and 6.
 */
#include <linux/acpi.h>
#include "probe.h"

u64 lis_probe(struct acpi_resource_address64 *r) { return r->minimum; }
