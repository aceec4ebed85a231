/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.18, and stable kernels before it: (irq). RHEL 5 and 6 have the much older
 * function of the same shape.
 */
#include <linux/types.h>
#include <linux/irqreturn.h>
#include <linux/random.h>
#include "probe.h"

LIS_PROBE_TYPE(&add_interrupt_randomness, void (*)(int));
