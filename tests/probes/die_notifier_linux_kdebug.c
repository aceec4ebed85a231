/* SPDX-License-Identifier: GPL-2.0-only */
/* family: die_notifier, required: one
 * register_die_notifier is in <linux/kdebug.h>. Not in RHEL 5.
 */
#include <linux/kdebug.h>
#include <linux/notifier.h>

int lis_probe(struct notifier_block *block) { return register_die_notifier(block); }
