/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.39. Back-ported to RHEL 6.4 or before.
 */
#include <linux/types.h>
#include <linux/kernel.h>

int lis_probe(unsigned long *value) { return kstrtoul("1", 10, value); }
