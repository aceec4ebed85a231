/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 5.9: the function is given its tasklet.
 */
#include <linux/interrupt.h>

void lis_probe(struct tasklet_struct *tasklet, void (*f)(struct tasklet_struct *)) { tasklet_setup(tasklet, f); }
