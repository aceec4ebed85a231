/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.28: struct cpumask by pointer. Not in RHEL 5.
 */
#include <linux/cpumask.h>

int lis_probe(const struct cpumask *mask) { return cpumask_first(mask); }
