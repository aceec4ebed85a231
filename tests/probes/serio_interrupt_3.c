// SPDX-License-Identifier: GPL-2.0-only
/* family: serio_interrupt, required: one */
/*
 * serio_interrupt() without the registers of the interrupted. 2.6.19: they went away,
 * as in all interrupt handlers.
 */
#include <linux/interrupt.h>
#include <linux/serio.h>

#include "probe.h"

LIS_PROBE_TYPE(&serio_interrupt, irqreturn_t (*)(struct serio *, unsigned char, unsigned int));
