/* SPDX-License-Identifier: GPL-2.0-only */
/* family: acpi_driver_remove, required: one
 * 3.9 to 6.3. RHEL 7 and 8.
 */
#include <linux/acpi.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct acpi_device_ops, remove, int (*)(struct acpi_device *));
