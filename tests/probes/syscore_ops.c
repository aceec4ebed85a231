/* SPDX-License-Identifier: GPL-2.0-only */
/* family: syscore, required: one
 * 2.6.39: register_syscore_ops(). RHEL 7 to 9.
 */
#include <linux/syscore_ops.h>

void lis_probe(struct syscore_ops *ops) { register_syscore_ops(ops); }
