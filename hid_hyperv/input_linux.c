// SPDX-License-Identifier: GPL-2.0-only
/* The mouse as an input device, for kernels whose HID is a part of USB. */
#include <compat/compat.h>

#ifndef LIS_HAVE_HID_LL_DRIVER

#include <compat/device.h>

#include <linux/err.h>
#include <linux/input.h>
#include <linux/slab.h>

#include "hid_hyperv_linux.h"

#ifndef BUS_VIRTUAL
#define BUS_VIRTUAL 0x06
#endif

struct attached_mouse {
	struct input_dev *input;
	char phys[64];
};

static const unsigned int buttons[] = { BTN_LEFT, BTN_RIGHT, BTN_MIDDLE, BTN_SIDE, BTN_EXTRA };

int attached_mouse_init(void)
{
	return 0;
}

void attached_mouse_exit(void)
{
}

static void describe(struct attached_mouse *mouse, const struct hid_hyperv_description *description)
{
	struct input_dev *input = mouse->input;
	unsigned int i;

	input->name = "Microsoft Vmbus HID-compliant Mouse";
	input->phys = mouse->phys;
	input->id.bustype = BUS_VIRTUAL;
	input->id.vendor = description->vendor;
	input->id.product = description->product;
	input->id.version = description->version;
	set_bit(EV_KEY, input->evbit);
	for (i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++)
		set_bit(buttons[i], input->keybit);
	set_bit(EV_REL, input->evbit);
	set_bit(REL_WHEEL, input->relbit);
	set_bit(EV_ABS, input->evbit);
	input_set_abs_params(input, ABS_X, 0, HID_HYPERV_RANGE, 0, 0);
	input_set_abs_params(input, ABS_Y, 0, HID_HYPERV_RANGE, 0, 0);
}

struct attached_mouse *attached_mouse_create(struct device *parent, const struct hid_hyperv_description *description)
{
	struct attached_mouse *mouse;
	int result = -ENOMEM;

	/* Of another mouse nobody here can read the reports. */
	if (description->vendor != HID_HYPERV_VENDOR || description->product != HID_HYPERV_PRODUCT)
		return ERR_PTR(-ENODEV);
	mouse = kzalloc(sizeof(*mouse), GFP_KERNEL);
	if (!mouse)
		return ERR_PTR(-ENOMEM);
	mouse->input = input_allocate_device();
	if (!mouse->input)
		goto free;
	snprintf(mouse->phys, sizeof(mouse->phys), "%s", lis_dev_name(parent));
	describe(mouse, description);
	result = input_register_device(mouse->input);
	if (result)
		goto free_input;
	return mouse;

free_input:
	input_free_device(mouse->input);
free:
	kfree(mouse);
	return ERR_PTR(result);
}

void attached_mouse_destroy(struct attached_mouse *mouse)
{
	input_unregister_device(mouse->input);
	kfree(mouse);
}

void attached_mouse_report(struct attached_mouse *mouse, const uint8_t *report, uint32_t size)
{
	struct hid_hyperv_pointer pointer;
	unsigned int i;

	if (hid_hyperv_read_report(report, size, &pointer))
		return;
	for (i = 0; i < sizeof(buttons) / sizeof(buttons[0]); i++)
		input_report_key(mouse->input, buttons[i], pointer.buttons & 1u << i);
	input_report_abs(mouse->input, ABS_X, pointer.x);
	input_report_abs(mouse->input, ABS_Y, pointer.y);
	if (pointer.wheel)
		input_report_rel(mouse->input, REL_WHEEL, pointer.wheel);
	input_sync(mouse->input);
}

#endif
