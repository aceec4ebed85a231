/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.6 to 5.17: (irq, flags).
 */
#include <linux/types.h>
#include <linux/irqreturn.h>
#include <linux/random.h>
#include "probe.h"

LIS_PROBE_TYPE(&add_interrupt_randomness, void (*)(int, int));
