/* SPDX-License-Identifier: GPL-2.0-only */
/* panic_notifier_list and register_die_notifier(), wherever they are declared. */
#ifndef LIS_COMPAT_PANIC_H
#define LIS_COMPAT_PANIC_H

#include <compat/compat.h>

#include <linux/notifier.h>

#ifdef LIS_HAVE_PANIC_NOTIFIER_HEADER
#include <linux/panic_notifier.h>
#endif

#ifdef LIS_HAVE_DIE_NOTIFIER_LINUX_KDEBUG
#include <linux/kdebug.h>
#else
#include <asm/kdebug.h>
#endif

#endif
