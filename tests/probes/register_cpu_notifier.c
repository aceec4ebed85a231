/* SPDX-License-Identifier: GPL-2.0-only */
/* family: cpu_hotplug, required: one
 * Until 4.9: hot plug as notifications. RHEL 5 to 7.
 */
#include <linux/cpu.h>
#include <linux/notifier.h>

int lis_probe(struct notifier_block *block) { return register_cpu_notifier(block); }
