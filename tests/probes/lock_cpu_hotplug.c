/* SPDX-License-Identifier: GPL-2.0-only */
/* family: cpu_hotplug_lock, required: one
 * Until 2.6.24.
 */
#include <linux/cpu.h>

void lis_probe(void) { lock_cpu_hotplug(); unlock_cpu_hotplug(); }
