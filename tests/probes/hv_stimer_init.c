/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.3: void hv_stimer_init(cpu), called by hv_vmbus on each CPU.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <clocksource/hyperv_timer.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_stimer_init, void (*)(unsigned int));
