/* SPDX-License-Identifier: GPL-2.0-only */
/* family: syscore, required: one
 * 6.19, and stable kernels of 6.12: operations are const and are given data.
 */
#include <linux/syscore_ops.h>

void lis_probe(struct syscore *syscore) { register_syscore(syscore); }
