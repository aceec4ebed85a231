// SPDX-License-Identifier: GPL-2.0-only
/* hid_hyperv: the synthetic mouse. */
#include <compat/compat.h>
#include <compat/device.h>
#include <compat/os_log.h>
#include <compat/wakeup.h>

#include <linux/err.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <lis/vmbus.h>
#include <lis_digest.h>

#include "hid_hyperv_core.h"
#include "hid_hyperv_linux.h"

LIS_DEFINE_OS_LOG

struct mouse {
	struct hid_hyperv *core;
	struct attached_mouse *attached; /* NULL until the host has described it */
	struct device *base;
};

int32_t hid_hyperv_shim_attach(void *context, const struct hid_hyperv_description *description)
{
	struct mouse *mine = context;
	struct attached_mouse *attached = attached_mouse_create(mine->base, description);

	if (IS_ERR(attached))
		return PTR_ERR(attached);
	mine->attached = attached;
	return 0;
}

void hid_hyperv_shim_report(void *context, const uint8_t *report, uint32_t size)
{
	struct mouse *mine = context;

	attached_mouse_report(mine->attached, report, size);
	lis_wake_machine(mine->base);
}

/* Stopped. */
static void free_mouse(struct mouse *mine)
{
	if (mine->attached)
		attached_mouse_destroy(mine->attached);
	hid_hyperv_destroy(mine->core);
	kfree(mine);
}

static int32_t probe(struct lis_vmbus_device *device)
{
	struct mouse *mine = kzalloc(sizeof(*mine), GFP_KERNEL);
	int32_t result;

	if (!mine)
		return -ENOMEM;
	mine->base = lis_vmbus_device_base(device);
	mine->core = hid_hyperv_create(lis_vmbus_device_channel(device), mine);
	if (!mine->core) {
		kfree(mine);
		return -ENOMEM;
	}
	result = hid_hyperv_start(mine->core);
	if (result) {
		free_mouse(mine);
		return result;
	}
	device_init_wakeup(mine->base, 1);
	lis_vmbus_device_set_data(device, mine);
	return 0;
}

static void remove_device(struct lis_vmbus_device *device)
{
	struct mouse *mine = lis_vmbus_device_data(device);

	hid_hyperv_stop(mine->core);
	device_init_wakeup(mine->base, 0);
	lis_vmbus_device_set_data(device, NULL);
	free_mouse(mine);
}

static int32_t suspend(struct lis_vmbus_device *device)
{
	struct mouse *mine = lis_vmbus_device_data(device);

	hid_hyperv_stop(mine->core);
	return 0;
}

static int32_t resume(struct lis_vmbus_device *device)
{
	struct mouse *mine = lis_vmbus_device_data(device);

	return hid_hyperv_start(mine->core);
}

static const struct lis_guid classes[] = {
	/* cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a */
	{ { 0x9e, 0xb6, 0xa8, 0xcf, 0x4a, 0x5b, 0xc0, 0x4c, 0xb9, 0x8b, 0x8b, 0xa1, 0xa1, 0xf3, 0xf9, 0x5a } },
};

static struct lis_vmbus_driver driver = {
	.size = sizeof(driver),
	.digest = LIS_HEADER_DIGEST,
	.name = "hid_hyperv",
	.version = LIS_VERSION,
	.classes = classes,
	.class_count = sizeof(classes) / sizeof(classes[0]),
	.probe = probe,
	.remove = remove_device,
	.suspend = suspend,
	.resume = resume,
};

static int __init hid_hyperv_init(void)
{
	int result = attached_mouse_init();

	if (result)
		return result;
	result = lis_vmbus_driver_register(&driver, THIS_MODULE);
	if (result)
		attached_mouse_exit();
	return result;
}

static void __exit hid_hyperv_exit(void)
{
	lis_vmbus_driver_unregister(&driver);
	attached_mouse_exit();
}

module_init(hid_hyperv_init);
module_exit(hid_hyperv_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hyper-V synthetic mouse");
MODULE_VERSION(LIS_VERSION);
MODULE_ALIAS("vmbus:9eb6a8cf4a5bc04cb98b8ba1a1f3f95a");
