/* SPDX-License-Identifier: GPL-2.0-only */
/* family: timer_setup, required: one
 * 4.14: the function is given its timer. Back-ported to RHEL 7.7.
 */
#include <linux/timer.h>

void lis_probe(struct timer_list *timer, void (*f)(struct timer_list *)) { timer_setup(timer, f, 0); }
