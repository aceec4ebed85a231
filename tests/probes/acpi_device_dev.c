/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.21: an ACPI device is a struct device. Not in RHEL 5.
 */
#include <linux/acpi.h>

struct device *lis_probe(struct acpi_device *device) { return &device->dev; }
