/* SPDX-License-Identifier: GPL-2.0-only */
/* family: vmbus_interrupt, required: one, where: hypervisor_callback_vector
 * Until 5.9: void hv_setup_vmbus_irq(handler). RHEL 6.10 to 8.3.
 */
#include <linux/types.h>
#include <linux/interrupt.h>
#include <asm/mshyperv.h>
#include "probe.h"

LIS_PROBE_TYPE(&hv_setup_vmbus_irq, void (*)(void (*)(void)));
