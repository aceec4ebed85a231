/* SPDX-License-Identifier: GPL-2.0-only */
/* family: acpi_driver_ids, required: one
 * 2.6.23: an array of struct acpi_device_id.
 */
#include <linux/acpi.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct acpi_driver, ids, const struct acpi_device_id *);
