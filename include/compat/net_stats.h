/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 64-bit counters with one writer and readers anywhere. On 32-bit kernels before 3.13 a reader
 * may see half of an addition.
 */
#ifndef LIS_COMPAT_NET_STATS_H
#define LIS_COMPAT_NET_STATS_H

#include <compat/compat.h>

#if BITS_PER_LONG == 32 && defined(LIS_HAVE_U64_STATS_INIT)

#include <linux/u64_stats_sync.h>

typedef struct u64_stats_sync lis_stats_sync_t;
#define lis_stats_init(sync) u64_stats_init(sync)
#define lis_stats_begin(sync) u64_stats_update_begin(sync)
#define lis_stats_end(sync) u64_stats_update_end(sync)
#ifdef LIS_HAVE_U64_STATS_FETCH_BEGIN_IRQ
#define lis_stats_fetch(sync) u64_stats_fetch_begin_irq(sync)
#define lis_stats_retry(sync, start) u64_stats_fetch_retry_irq(sync, start)
#else
#define lis_stats_fetch(sync) u64_stats_fetch_begin(sync)
#define lis_stats_retry(sync, start) u64_stats_fetch_retry(sync, start)
#endif

#else

typedef struct {
} lis_stats_sync_t;
#define lis_stats_init(sync) do { } while (0)
#define lis_stats_begin(sync) do { } while (0)
#define lis_stats_end(sync) do { } while (0)
#define lis_stats_fetch(sync) 0
#define lis_stats_retry(sync, start) ((void)(start), 0)

#endif
#endif
