// SPDX-License-Identifier: GPL-2.0-only
/* The mouse on the kernel's HID bus. */
#include <compat/compat.h>

#ifdef LIS_HAVE_HID_LL_DRIVER

#include <compat/device.h>

#include <linux/err.h>
#include <linux/hid.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "hid_hyperv_linux.h"

struct attached_mouse {
	struct hid_device *hid;
	const struct hid_hyperv_description *description;
	spinlock_t lock;	 /* opened, and reports that are handed over */
	unsigned int opened; /* users; without any the HID core may be taking its inputs down */
	/*
	 * HID cores fill up a report that is shorter than the descriptor says, where it stands, and
	 * read fields by eight bytes. The core has judged what the descriptor says.
	 */
	uint8_t report[HID_HYPERV_REPORT_LIMIT + 8];
};

static int ll_start(struct hid_device *hid)
{
	return 0;
}

static void ll_stop(struct hid_device *hid)
{
}

static int ll_open(struct hid_device *hid)
{
	struct attached_mouse *mouse = hid->driver_data;

	spin_lock_bh(&mouse->lock);
	mouse->opened++;
	spin_unlock_bh(&mouse->lock);
	return 0;
}

/* No report is on its way any more when the last user has gone. */
static void ll_close(struct hid_device *hid)
{
	struct attached_mouse *mouse = hid->driver_data;

	spin_lock_bh(&mouse->lock);
	mouse->opened--;
	spin_unlock_bh(&mouse->lock);
}

static int ll_parse(struct hid_device *hid)
{
	const struct attached_mouse *mouse = hid->driver_data;

	return hid_parse_report(hid, (__u8 *)mouse->description->descriptor, mouse->description->descriptor_bytes);
}

#ifdef LIS_HAVE_HID_LL_RAW_REQUEST
/* The host takes no reports. */
static int ll_raw_request(struct hid_device *hid, unsigned char number, __u8 *buffer, size_t size,
			  unsigned char type, int request)
{
	return -EIO;
}
#endif

static struct hid_ll_driver ll_driver = {
	.start = ll_start,
	.stop = ll_stop,
	.open = ll_open,
	.close = ll_close,
	.parse = ll_parse,
#ifdef LIS_HAVE_HID_LL_RAW_REQUEST
	.raw_request = ll_raw_request,
#endif
};

/*
 * Kernels before 3.6 have no generic driver for this bus number, and others may not
 * have loaded theirs. A mouse with other ids is hid-generic's.
 */
static const struct hid_device_id ids[] = {
	{ .bus = BUS_VIRTUAL, .vendor = HID_HYPERV_VENDOR, .product = HID_HYPERV_PRODUCT },
	{ }
};

static struct hid_driver hid_driver = {
	.name = "hid_hyperv",
	.id_table = ids,
};

int attached_mouse_init(void)
{
	return hid_register_driver(&hid_driver);
}

void attached_mouse_exit(void)
{
	hid_unregister_driver(&hid_driver);
}

struct attached_mouse *attached_mouse_create(struct device *parent, const struct hid_hyperv_description *description)
{
	struct attached_mouse *mouse = kzalloc(sizeof(*mouse), GFP_KERNEL);
	struct hid_device *hid;
	int result;

	if (!mouse)
		return ERR_PTR(-ENOMEM);
	hid = hid_allocate_device();
	if (IS_ERR(hid)) {
		kfree(mouse);
		return ERR_PTR(PTR_ERR(hid));
	}
	mouse->hid = hid;
	mouse->description = description;
	spin_lock_init(&mouse->lock);
	hid->ll_driver = &ll_driver;
	hid->driver_data = mouse;
	hid->dev.parent = parent;
	hid->bus = BUS_VIRTUAL;
	hid->vendor = description->vendor;
	hid->product = description->product;
	hid->version = description->version;
	snprintf(hid->name, sizeof(hid->name), "Microsoft Vmbus HID-compliant Mouse");
	snprintf(hid->phys, sizeof(hid->phys), "%s", lis_dev_name(parent));
	result = hid_add_device(hid);
	if (result) {
		hid_destroy_device(hid);
		kfree(mouse);
		return ERR_PTR(result);
	}
	return mouse;
}

void attached_mouse_destroy(struct attached_mouse *mouse)
{
	hid_destroy_device(mouse->hid);
	kfree(mouse);
}

void attached_mouse_report(struct attached_mouse *mouse, const uint8_t *report, uint32_t size)
{
	BUILD_BUG_ON(HID_HYPERV_REPORT_LIMIT > HID_MAX_BUFFER_SIZE);
	spin_lock(&mouse->lock);
	if (mouse->opened) {
		memcpy(mouse->report, report, size);
		hid_input_report(mouse->hid, HID_INPUT_REPORT, mouse->report, size, 1);
	}
	spin_unlock(&mouse->lock);
}

#endif
