/* SPDX-License-Identifier: GPL-2.0-only */
/* Input that wakes a sleeping machine. */
#ifndef LIS_COMPAT_WAKEUP_H
#define LIS_COMPAT_WAKEUP_H

#include <compat/compat.h>

#include <linux/device.h>
#include <linux/pm.h>

/* Any context. Kernels with neither do not sleep in a way that input could end. */
static inline void lis_wake_machine(struct device *device)
{
#if defined(LIS_HAVE_PM_WAKEUP_HARD_EVENT)
	pm_wakeup_hard_event(device);
#elif defined(LIS_HAVE_PM_WAKEUP_EVENT)
	pm_wakeup_event(device, 0);
#endif
}

#endif
