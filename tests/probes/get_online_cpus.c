/* SPDX-License-Identifier: GPL-2.0-only */
/* family: cpu_hotplug_lock, required: one
 * 2.6.25 to 5.14. RHEL 6 to 8.
 */
#include <linux/cpu.h>

void lis_probe(void) { get_online_cpus(); put_online_cpus(); }
