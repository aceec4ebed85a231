/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.9: a platform driver binds to ACPI devices.
 */
#include <linux/acpi.h>
#include <linux/platform_device.h>

int lis_probe(struct platform_driver *driver, struct device *device)
{
	return driver->driver.acpi_match_table && ACPI_COMPANION(device);
}
