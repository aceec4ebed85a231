/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.19: (irq, cookie).
 */
#include <linux/interrupt.h>
#include "probe.h"

LIS_PROBE_TYPE((irq_handler_t)0, irqreturn_t (*)(int, void *));
