/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.3: hv_stimer_cleanup(cpu).
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <clocksource/hyperv_timer.h>
#include "probe.h"

void lis_probe(void) { hv_stimer_cleanup(0); }
