/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.19: stores what a user writes to driver_override. Back-ported to RHEL 8.10
 * and 9.6; gone in 7.2.
 */
#include <linux/device.h>
#include "probe.h"

int lis_probe(struct device *device, const char **override, const char *text, size_t length)
{
	return driver_set_override(device, override, text, length);
}
