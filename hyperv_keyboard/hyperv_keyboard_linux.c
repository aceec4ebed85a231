// SPDX-License-Identifier: GPL-2.0-only
/* hyperv_keyboard: the synthetic keyboard as a serio port, which the kernel's atkbd drives. */
#include <compat/compat.h>
#include <compat/device.h>
#include <compat/os_log.h>
#include <compat/serio.h>
#include <compat/wakeup.h>

#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <lis/vmbus.h>
#include <lis_digest.h>

#include "hyperv_keyboard_core.h"

LIS_DEFINE_OS_LOG

struct keyboard {
	struct hyperv_keyboard *core;
	struct serio *port; /* freed by serio once it was registered */
	struct device *base;
	bool listening;
};

static int port_start(struct serio *port)
{
	struct keyboard *mine = port->port_data;

	WRITE_ONCE(mine->listening, true);
	return 0;
}

static void port_stop(struct serio *port)
{
	struct keyboard *mine = port->port_data;

	WRITE_ONCE(mine->listening, false);
}

void hyperv_keyboard_shim_key(void *context, const uint8_t *codes, uint32_t count, uint32_t press)
{
	struct keyboard *mine = context;
	uint32_t i;

	if (READ_ONCE(mine->listening)) {
		for (i = 0; i < count; i++)
			lis_serio_interrupt(mine->port, codes[i]);
	}
	if (press)
		lis_wake_machine(mine->base);
}

static struct serio *port_create(struct keyboard *mine)
{
	struct serio *port = kzalloc(sizeof(*port), GFP_KERNEL);

	if (!port)
		return NULL;
	port->dev.parent = mine->base;
	port->id.type = SERIO_8042_XL;
	port->port_data = mine;
	port->start = port_start;
	port->stop = port_stop;
	snprintf(port->name, sizeof(port->name), "%s", lis_dev_name(mine->base));
	snprintf(port->phys, sizeof(port->phys), "%s", lis_dev_name(mine->base));
	return port;
}

static int32_t probe(struct lis_vmbus_device *device)
{
	struct keyboard *mine = kzalloc(sizeof(*mine), GFP_KERNEL);
	int32_t result = -ENOMEM;

	if (!mine)
		return -ENOMEM;
	mine->base = lis_vmbus_device_base(device);
	mine->port = port_create(mine);
	if (!mine->port)
		goto free;
	mine->core = hyperv_keyboard_create(lis_vmbus_device_channel(device), mine);
	if (!mine->core)
		goto free_port;
	result = hyperv_keyboard_start(mine->core);
	if (result)
		goto destroy;
	serio_register_port(mine->port);
	device_init_wakeup(mine->base, 1);
	lis_vmbus_device_set_data(device, mine);
	return 0;

destroy:
	hyperv_keyboard_destroy(mine->core);
free_port:
	kfree(mine->port);
free:
	kfree(mine);
	return result;
}

static void remove_device(struct lis_vmbus_device *device)
{
	struct keyboard *mine = lis_vmbus_device_data(device);

	/* Nobody presses a key any more when the port goes. */
	hyperv_keyboard_stop(mine->core);
	device_init_wakeup(mine->base, 0);
	serio_unregister_port(mine->port);
	hyperv_keyboard_destroy(mine->core);
	lis_vmbus_device_set_data(device, NULL);
	kfree(mine);
}

static int32_t suspend(struct lis_vmbus_device *device)
{
	struct keyboard *mine = lis_vmbus_device_data(device);

	hyperv_keyboard_stop(mine->core);
	return 0;
}

static int32_t resume(struct lis_vmbus_device *device)
{
	struct keyboard *mine = lis_vmbus_device_data(device);

	return hyperv_keyboard_start(mine->core);
}

static const struct lis_guid classes[] = {
	/* f912ad6d-2b17-48ea-bd65-f927a61c7684 */
	{ { 0x6d, 0xad, 0x12, 0xf9, 0x17, 0x2b, 0xea, 0x48, 0xbd, 0x65, 0xf9, 0x27, 0xa6, 0x1c, 0x76, 0x84 } },
};

static struct lis_vmbus_driver driver = {
	.size = sizeof(driver),
	.digest = LIS_HEADER_DIGEST,
	.name = "hyperv_keyboard",
	.version = LIS_VERSION,
	.classes = classes,
	.class_count = sizeof(classes) / sizeof(classes[0]),
	.probe = probe,
	.remove = remove_device,
	.suspend = suspend,
	.resume = resume,
};

static int __init hyperv_keyboard_init(void)
{
	return lis_vmbus_driver_register(&driver, THIS_MODULE);
}

static void __exit hyperv_keyboard_exit(void)
{
	lis_vmbus_driver_unregister(&driver);
}

module_init(hyperv_keyboard_init);
module_exit(hyperv_keyboard_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Hyper-V synthetic keyboard");
MODULE_VERSION(LIS_VERSION);
MODULE_ALIAS("vmbus:6dad12f9172bea48bd65f927a61c7684");
