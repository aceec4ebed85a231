/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The border inside hid_hyperv: hid_hyperv_* is the core's, called by the shim;
 * hid_hyperv_shim_* is the shim's, called by the core. Process context unless a
 * comment says more.
 */
#ifndef HID_HYPERV_CORE_H
#define HID_HYPERV_CORE_H

#include <lis/os.h>
#include <lis/vmbus.h>

#ifdef __cplusplus
extern "C" {
#endif

struct hid_hyperv; /* one bound device; the core's */

#define HID_HYPERV_DESCRIPTOR_LIMIT 4096
#define HID_HYPERV_REPORT_LIMIT 4096
/* What the mouse is called that hosts are known to have, and how far it goes. */
#define HID_HYPERV_VENDOR 0x045E
#define HID_HYPERV_PRODUCT 0x0621
#define HID_HYPERV_RANGE 32767

/* What the host says that its mouse is, judged. */
struct hid_hyperv_description {
	uint16_t vendor;
	uint16_t product;
	uint16_t version;
	uint16_t descriptor_bytes; /* 1 to HID_HYPERV_DESCRIPTOR_LIMIT */
	uint8_t descriptor[HID_HYPERV_DESCRIPTOR_LIMIT]; /* its reports fit into HID_HYPERV_REPORT_LIMIT */
};

/* context: for the shim's functions. NULL: no memory. The channel outlives the result. */
struct hid_hyperv *hid_hyperv_create(struct lis_vmbus_channel *channel, void *context) LIS_MUST_CHECK;
/* Stopped, or never started. */
void hid_hyperv_destroy(struct hid_hyperv *mouse);

/*
 * Opens the channel, agrees on a version, attaches the mouse that the host describes;
 * reports may come before it returns. Started again, it expects the same mouse. The
 * errors of lis_vmbus_channel_open() and hid_hyperv_shim_attach(), -LIS_ETIMEDOUT (the
 * host does not answer), -LIS_ECONNREFUSED (it does not want us), -LIS_EBADMSG (its
 * ring or its description makes no sense), -LIS_EPROTO (it is another mouse now).
 */
int32_t hid_hyperv_start(struct hid_hyperv *mouse) LIS_MUST_CHECK;
/* Closes the channel: afterwards no report comes. May be started again. */
void hid_hyperv_stop(struct hid_hyperv *mouse);

/*
 * What a report says to a kernel that cannot read HID reports: the one that hosts with
 * the ids above are known to send. 0, or -LIS_EBADMSG: not so long. Any context.
 */
struct hid_hyperv_pointer {
	uint32_t buttons; /* bit 0 left, 1 right, 2 middle */
	uint16_t x;	  /* 0 to HID_HYPERV_RANGE */
	uint16_t y;
	int16_t wheel;
	uint16_t reserved;
};
int32_t hid_hyperv_read_report(const uint8_t *report, uint32_t size, struct hid_hyperv_pointer *pointer) LIS_MUST_CHECK;

/*
 * Once, from the first start that comes so far; description stays until the core is
 * destroyed. 0 or a negative error, with which the start fails.
 */
int32_t hid_hyperv_shim_attach(void *context, const struct hid_hyperv_description *description) LIS_MUST_CHECK;
/*
 * A HID report of an attached mouse, 1 to HID_HYPERV_REPORT_LIMIT bytes. Softirq, one
 * call at a time.
 */
void hid_hyperv_shim_report(void *context, const uint8_t *report, uint32_t size);

#ifdef __cplusplus
}
#endif

#endif
