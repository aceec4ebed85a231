/* SPDX-License-Identifier: GPL-2.0-only */
/* family: vmbus_interrupt, required: one, where: hypervisor_callback_vector
 * Until 3.14: hv_register_vmbus_handler(irq, handler), once for all. RHEL 6.5 and 6.6.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_register_vmbus_handler, void (*)(int, irq_handler_t));
