/* SPDX-License-Identifier: GPL-2.0-only */
/* family: cpu_hotplug_lock, required: one
 * 4.13. RHEL 8.0.
 */
#include <linux/cpu.h>

void lis_probe(void) { cpus_read_lock(); cpus_read_unlock(); }
