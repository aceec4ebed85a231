/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.35. Back-ported to RHEL 5.7 and 6.3.
 */
#include <linux/kernel.h>
#include <linux/module.h>

void lis_probe(void) { pr_warn("lis"); }
