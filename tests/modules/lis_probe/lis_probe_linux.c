// SPDX-License-Identifier: GPL-2.0-only
/*
 * lis_probe: a driver without device classes of its own. It binds to whatever is
 * written to /sys/bus/vmbus/drivers/lis_probe/new_id and shows what it saw below
 * /sys/kernel/debug/lis_probe/. Also the example of how a module is added.
 */
#include <compat/compat.h>
#include <compat/device.h>
#include <compat/os_log.h>

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <lis/vmbus.h>
#include <lis_digest.h>

#include "lis_probe_core.h"

LIS_DEFINE_OS_LOG

static uint cpu = LIS_VMBUS_CPU_ANY;
module_param(cpu, uint, S_IRUGO | S_IWUSR);
MODULE_PARM_DESC(cpu, "CPU that takes the interrupts of channels opened from now on (default: the bus chooses)");

struct probe_device {
	struct list_head link; /* in devices */
	unsigned long number;
	struct lis_probe *core;
	struct dentry *file;
};

static struct dentry *directory;

/*
 * Old kernels go on reading a file that debugfs_remove() has removed while it was
 * open. So a file has the number of its device, which is looked up at each read.
 */
static DEFINE_MUTEX(devices_lock);
static LIST_HEAD(devices);
static unsigned long last_number;

void lis_probe_shim_memory(uint64_t *total, uint64_t *free)
{
	struct sysinfo memory;

	si_meminfo(&memory);
	*total = memory.totalram;
	*free = memory.freeram;
}

static void show_counters(struct seq_file *file, const struct lis_probe *core)
{
	uint32_t i, version = lis_probe_version(core);
	const char *name;
	uint64_t value;

	seq_printf(file, "version %u.%u\n", version >> 16, version & 0xffff);
	for (i = 0; (name = lis_probe_counter(core, i, &value)) != NULL; i++)
		seq_printf(file, "%s %llu\n", name, (unsigned long long)value);
}

static int counters_show(struct seq_file *file, void *unused)
{
	struct probe_device *device;
	int result = -ENODEV;

	mutex_lock(&devices_lock);
	list_for_each_entry(device, &devices, link) {
		if (device->number == (unsigned long)file->private) {
			show_counters(file, device->core);
			result = 0;
			break;
		}
	}
	mutex_unlock(&devices_lock);
	return result;
}

static int counters_open(struct inode *inode, struct file *file)
{
	return single_open(file, counters_show, inode->i_private);
}

static const struct file_operations counters_operations = {
	.owner = THIS_MODULE,
	.open = counters_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int32_t probe(struct lis_vmbus_device *device)
{
	struct probe_device *mine = kzalloc(sizeof(*mine), GFP_KERNEL);
	int32_t result = -ENOMEM;

	if (!mine)
		return -ENOMEM;
	mine->core = lis_probe_create(lis_vmbus_device_channel(device), cpu);
	if (!mine->core)
		goto free;
	result = lis_probe_start(mine->core);
	if (result)
		goto destroy;
	mutex_lock(&devices_lock);
	mine->number = ++last_number;
	list_add(&mine->link, &devices);
	mutex_unlock(&devices_lock);
	mine->file = debugfs_create_file(lis_dev_name(lis_vmbus_device_base(device)), S_IRUSR, directory,
					 (void *)mine->number, (struct file_operations *)&counters_operations);
	lis_vmbus_device_set_data(device, mine);
	return 0;

destroy:
	lis_probe_destroy(mine->core);
free:
	kfree(mine);
	return result;
}

static void remove_device(struct lis_vmbus_device *device)
{
	struct probe_device *mine = lis_vmbus_device_data(device);

	if (!IS_ERR(mine->file))
		debugfs_remove(mine->file);
	/* Afterwards nobody reads, nor can begin to. */
	mutex_lock(&devices_lock);
	list_del(&mine->link);
	mutex_unlock(&devices_lock);
	lis_probe_stop(mine->core);
	lis_probe_destroy(mine->core);
	lis_vmbus_device_set_data(device, NULL);
	kfree(mine);
}

static int32_t suspend(struct lis_vmbus_device *device)
{
	struct probe_device *mine = lis_vmbus_device_data(device);

	lis_probe_stop(mine->core);
	return 0;
}

static int32_t resume(struct lis_vmbus_device *device)
{
	struct probe_device *mine = lis_vmbus_device_data(device);

	return lis_probe_start(mine->core);
}

static struct lis_vmbus_driver driver = {
	.size = sizeof(driver),
	.digest = LIS_HEADER_DIGEST,
	.name = "lis_probe",
	.version = LIS_VERSION,
	.probe = probe,
	.remove = remove_device,
	.suspend = suspend,
	.resume = resume,
};

static int __init lis_probe_init(void)
{
	int result;

	/* Without debugfs it works all the same. */
	directory = debugfs_create_dir("lis_probe", NULL);
	result = lis_vmbus_driver_register(&driver, THIS_MODULE);
	if (result && !IS_ERR(directory))
		debugfs_remove(directory);
	return result;
}

static void __exit lis_probe_exit(void)
{
	lis_vmbus_driver_unregister(&driver);
	if (!IS_ERR(directory))
		debugfs_remove(directory);
}

module_init(lis_probe_init);
module_exit(lis_probe_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Binds to any VMBus device and counts its packets");
MODULE_VERSION(LIS_VERSION);
