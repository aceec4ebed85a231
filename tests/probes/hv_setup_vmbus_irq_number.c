/* SPDX-License-Identifier: GPL-2.0-only */
/* family: vmbus_interrupt, required: one, where: hypervisor_callback_vector
 * 5.10 to 5.12: int hv_setup_vmbus_irq(irq, handler). RHEL 8.4 only.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_setup_vmbus_irq, int (*)(int, void (*)(void)));
