// SPDX-License-Identifier: GPL-2.0-only
/*
 * pm_wakeup_event(). 2.6.36: new. 4.12: an inline function around another export.
 *
 * export: pm_wakeup_event
 */
#include <linux/device.h>
#include <linux/pm.h>

#include "probe.h"

LIS_PROBE_TYPE(&pm_wakeup_event, void (*)(struct device *, unsigned int));
