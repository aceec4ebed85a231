/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vector of its own for direct mode. RHEL 7.9 to 8.4, 5.10.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

int lis_probe(int *irq, int *vector, void (*handler)(void)) { return hv_setup_stimer0_irq(irq, vector, handler); }
