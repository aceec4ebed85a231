/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.3: the synthetic timers' driver is outside hv_vmbus, which still drives it in direct or message mode.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <clocksource/hyperv_timer.h>
#include "probe.h"

int lis_probe;
