/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference counter, from the page or the MSR. RHEL 8.4, 5.10 and 6.1;
 * neither 6.12 nor 7.2.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <clocksource/hyperv_timer.h>
#include "probe.h"

u64 lis_probe(void) { return hv_read_reference_counter(); }
