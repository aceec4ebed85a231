/* SPDX-License-Identifier: GPL-2.0-only */
/* family: acpi_driver_remove, required: one
 * Until 3.8: remove(device, type). RHEL 5 and 6.
 */
#include <linux/acpi.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct acpi_device_ops, remove, int (*)(struct acpi_device *, int));
