/* SPDX-License-Identifier: GPL-2.0-only */
/* family: timer_setup, required: one
 * Until 4.14: the function is given a number.
 */
#include <linux/timer.h>

void lis_probe(struct timer_list *timer, void (*f)(unsigned long)) { setup_timer(timer, f, 0); }
