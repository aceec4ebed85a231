/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.24. Not in RHEL 5.
 */
#include <linux/types.h>

uintptr_t lis_probe;
