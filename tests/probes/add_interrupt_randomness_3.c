/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * (irq, flags, instruction pointer): kernels with PREEMPT_RT patches, until 5.17.
 */
#include <linux/types.h>
#include <linux/irqreturn.h>
#include <linux/random.h>
#include "probe.h"

LIS_PROBE_TYPE(&add_interrupt_randomness, void (*)(int, int, __u64));
