/* SPDX-License-Identifier: GPL-2.0-only */
/* family: panic_notifier, required: one
 * 5.14: panic_notifier_list has a header of its own.
 */
#include <linux/notifier.h>
#include <linux/panic_notifier.h>

void *lis_probe = &panic_notifier_list;
