/* SPDX-License-Identifier: GPL-2.0-only */
/* family: platform_remove, required: one
 * 6.11.
 */
#include <linux/platform_device.h>
#include "probe.h"

LIS_PROBE_MEMBER(struct platform_driver, remove, void (*)(struct platform_device *));
