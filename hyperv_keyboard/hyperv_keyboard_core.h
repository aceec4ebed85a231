/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border inside hyperv_keyboard: hyperv_keyboard_* is the core's, called by the
 * shim; hyperv_keyboard_shim_* is the shim's, called by the core. Process context
 * unless a comment says more.
 */
#ifndef HYPERV_KEYBOARD_CORE_H
#define HYPERV_KEYBOARD_CORE_H

#include <lis/os.h>
#include <lis/vmbus.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hyperv_keyboard; /* one bound device; the core's */

/* context: for the shim's functions. NULL: no memory. The channel outlives the result. */
struct hyperv_keyboard *hyperv_keyboard_create(struct lis_vmbus_channel *channel, void *context) LIS_MUST_CHECK;
/* Stopped, or never started. */
void hyperv_keyboard_destroy(struct hyperv_keyboard *keyboard);

/*
 * Opens the channel and agrees on a version; keys may be pressed before it returns.
 * The errors of lis_vmbus_channel_open(), -LIS_ETIMEDOUT (the host does not answer),
 * -LIS_ECONNREFUSED (it does not want us), -LIS_EBADMSG (its ring makes no sense).
 */
int32_t hyperv_keyboard_start(struct hyperv_keyboard *keyboard) LIS_MUST_CHECK;
/* Closes the channel: afterwards no key is pressed. May be started again. */
void hyperv_keyboard_stop(struct hyperv_keyboard *keyboard);

/*
 * A key goes down (press is 1) or up, as the scan codes of set 1 that say so; count is
 * 1 or 2. Softirq, one call at a time.
 */
void hyperv_keyboard_shim_key(void *context, const uint8_t *codes, uint32_t count, uint32_t press);

#ifdef __cplusplus
}
#endif

#endif
