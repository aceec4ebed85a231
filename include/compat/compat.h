/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every shim includes first: what the probes found (LIS_HAVE_*), and the
 * small things that only old kernels lack. Larger differences have a header each.
 */
#ifndef LIS_COMPAT_H
#define LIS_COMPAT_H

#include <lis_config.h>

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <linux/version.h>

/* For the host to read. What a kernel has is asked by probes, never by its version. */
#define LIS_KERNEL_VERSION LINUX_VERSION_CODE

#ifndef LIS_HAVE_BOOL_TYPE
typedef _Bool bool;
#define true 1
#define false 0
#endif

#ifndef READ_ONCE
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#endif

/* For what only some kernels use; __maybe_unused is empty on old ones. */
#define LIS_UNUSED __attribute__((unused))

#endif
