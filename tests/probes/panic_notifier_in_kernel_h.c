/* SPDX-License-Identifier: GPL-2.0-only */
/* family: panic_notifier, required: one
 * Until 5.13: in <linux/kernel.h>.
 */
#include <linux/notifier.h>
#include <linux/kernel.h>

void *lis_probe = &panic_notifier_list;
