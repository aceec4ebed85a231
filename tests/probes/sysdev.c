/* SPDX-License-Identifier: GPL-2.0-only */
/* family: syscore, required: one
 * Until 2.6.38: system devices. RHEL 5 and 6.
 */
#include <linux/sysdev.h>

int lis_probe(struct sysdev_class *class) { return sysdev_class_register(class); }
