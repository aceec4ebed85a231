/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 6.0: an accessor for the parent of an ACPI device.
 */
#include <linux/acpi.h>
#include "probe.h"

struct acpi_device *lis_probe(struct acpi_device *device) { return acpi_dev_parent(device); }
