/* SPDX-License-Identifier: GPL-2.0-only */
/* family: vmbus_interrupt, required: one, where: hypervisor_callback_vector
 * 5.13: void hv_setup_vmbus_handler(handler). Back-ported to RHEL 8.5.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_setup_vmbus_handler, void (*)(void (*)(void)));
