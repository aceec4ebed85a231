/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between 5.3 and 5.13. RHEL 8.4, 5.10.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <clocksource/hyperv_timer.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_stimer_alloc, int (*)(void));
