/* SPDX-License-Identifier: GPL-2.0-only */
/* family: acpi_driver_remove, required: one
 * 6.4. Back-ported to RHEL 9.6 or before.
 */
#include <linux/acpi.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct acpi_device_ops, remove, void (*)(struct acpi_device *));
