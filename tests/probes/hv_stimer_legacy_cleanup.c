/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hv_stimer_legacy_cleanup(cpu). After 5.3; RHEL 8.4, 5.10 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <clocksource/hyperv_timer.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_stimer_legacy_cleanup, void (*)(unsigned int));
