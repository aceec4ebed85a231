/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2.6.36: module_param_cb. Not in RHEL 6.
 */
#include <linux/moduleparam.h>

int lis_probe(struct kernel_param_ops *ops) { return ops->set != 0; }
