/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page for hypercall input on each CPU. RHEL 8.0 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

int lis_probe(void) { return &hyperv_pcpu_input_arg != 0; }
