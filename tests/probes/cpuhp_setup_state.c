/* SPDX-License-Identifier: GPL-2.0-only */
/* family: cpu_hotplug, required: one
 * Hot plug as states; from 4.10 on the only way. RHEL 8.0.
 */
#include <linux/cpuhotplug.h>

int lis_probe(int (*up)(unsigned int), int (*down)(unsigned int))
{
	return cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "lis", up, down);
}
