/* SPDX-License-Identifier: GPL-2.0-only */
/* family: die_notifier, required: one
 * register_die_notifier is in <asm/kdebug.h>. RHEL 5.
 */
#include <linux/types.h>
#include <linux/notifier.h>
#include <asm/kdebug.h>

int lis_probe(struct notifier_block *block) { return register_die_notifier(block); }
