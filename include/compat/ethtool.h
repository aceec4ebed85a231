/* SPDX-License-Identifier: GPL-2.0-only */
/* ethtool: signatures that changed. */
#ifndef LIS_COMPAT_ETHTOOL_H
#define LIS_COMPAT_ETHTOOL_H

#include <compat/net.h>

#ifdef LIS_HAVE_ETHTOOL_RINGPARAM_4
#define LIS_RINGPARAM_ARGUMENTS , struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *extack
#else
#define LIS_RINGPARAM_ARGUMENTS
#endif

/* Before 2.6.19 the kernel had a pointer to what it might write to. */
#ifdef LIS_HAVE_ETHTOOL_OPS_CONST
#define LIS_ETHTOOL_OPS const struct ethtool_ops
#else
#define LIS_ETHTOOL_OPS struct ethtool_ops
#endif

#ifdef LIS_HAVE_STRSCPY
#define lis_copy_text(to, from, bytes) strscpy(to, from, bytes)
#else
#define lis_copy_text(to, from, bytes) strlcpy(to, from, bytes)
#endif

#endif
