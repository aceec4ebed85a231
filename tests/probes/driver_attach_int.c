/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.19: driver_attach() returns an error. Not in RHEL 5.
 */
#include <linux/device.h>
#include "probe.h"

LIS_PROBE_TYPE(driver_attach((struct device_driver *)0), int);
