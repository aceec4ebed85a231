/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.10. Back-ported to RHEL 8.7 or before.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

int lis_probe(char *text) { return sysfs_emit(text, "%d\n", 1); }
