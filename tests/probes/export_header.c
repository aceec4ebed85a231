/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 3.2: EXPORT_SYMBOL is in <linux/export.h>.
 */
#include <linux/module.h>
#include <linux/export.h>

int lis_probe;
EXPORT_SYMBOL_GPL(lis_probe);
