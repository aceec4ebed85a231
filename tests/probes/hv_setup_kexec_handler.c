/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.14. RHEL 6.10, 7.3 and later.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_setup_kexec_handler, void (*)(void (*)(void)));
