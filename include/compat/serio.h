/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIS_COMPAT_SERIO_H
#define LIS_COMPAT_SERIO_H

#include <compat/compat.h>

#include <linux/interrupt.h>
#include <linux/serio.h>

#ifdef LIS_HAVE_SERIO_INTERRUPT_3
#define lis_serio_interrupt(serio, code) serio_interrupt(serio, code, 0)
#else
#define lis_serio_interrupt(serio, code) serio_interrupt(serio, code, 0, NULL)
#endif

#endif
