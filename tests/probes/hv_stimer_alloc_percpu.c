/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.13: hv_stimer_alloc(have_percpu_irqs); returns after the timers are registered with CPU hot plug.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <clocksource/hyperv_timer.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_stimer_alloc, int (*)(bool));
