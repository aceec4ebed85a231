// SPDX-License-Identifier: GPL-2.0-only
/*
 * pm_wakeup_hard_event(): ends suspend-to-idle. 4.12: new, around an exported function.
 *
 * export: pm_wakeup_dev_event
 */
#include <linux/device.h>
#include <linux/pm.h>

#include "probe.h"

LIS_PROBE_TYPE(&pm_wakeup_hard_event, void (*)(struct device *));
