/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.3: hv_stimer_alloc(sint).
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <clocksource/hyperv_timer.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_stimer_alloc, int (*)(int));
