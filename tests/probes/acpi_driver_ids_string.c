/* SPDX-License-Identifier: GPL-2.0-only */
/* family: acpi_driver_ids, required: one
 * Until 2.6.22: a string of comma-separated names.
 */
#include <linux/acpi.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct acpi_driver, ids, char *);
