/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border inside lis_probe: lis_probe_* is the core's, called by the shim;
 * lis_probe_shim_* is the shim's, called by the core. Process context unless a
 * comment says more.
 */
#ifndef LIS_PROBE_CORE_H
#define LIS_PROBE_CORE_H

#include <lis/os.h>
#include <lis/vmbus.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lis_probe; /* one bound device; the core's */

/* cpu: takes the interrupts, or LIS_VMBUS_CPU_ANY. NULL: no memory. The channel outlives the result. */
struct lis_probe *lis_probe_create(struct lis_vmbus_channel *channel, uint32_t cpu) LIS_MUST_CHECK;
/* Stopped, or never started. */
void lis_probe_destroy(struct lis_probe *probe);

/*
 * Opens the channel; with a dynamic memory device also agrees on a version and
 * begins to report once a second. The errors of lis_vmbus_channel_open(),
 * -LIS_ETIMEDOUT (the host does not answer), -LIS_ECONNREFUSED (it wants none of
 * our versions, or not our capabilities).
 */
int32_t lis_probe_start(struct lis_probe *probe) LIS_MUST_CHECK;
/* Closes the channel. May be started again. */
void lis_probe_stop(struct lis_probe *probe);

/* Agreed version of dynamic memory, major << 16 | minor; 0 if there is none. Any context. */
uint32_t lis_probe_version(const struct lis_probe *probe);
/* Counter number index; NULL behind the last one. Any context. */
const char *lis_probe_counter(const struct lis_probe *probe, uint32_t index, uint64_t *value);

/* Pages of memory that the guest has, and those of them that are free. */
void lis_probe_shim_memory(uint64_t *total, uint64_t *free);

#ifdef __cplusplus
}
#endif

#endif
