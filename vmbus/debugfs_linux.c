// SPDX-License-Identifier: GPL-2.0-only
#include <compat/compat.h>
#include <compat/device.h>

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "bus_linux.h"
#include "debugfs_linux.h"
#include "device_linux.h"
#include "vmbus_core.h"

static struct dentry *directory;

static int counters_show(struct seq_file *file, void *unused)
{
	const char *name;
	uint64_t value;
	uint32_t i;

	for (i = 0; (name = vmbus_core_counter(i, &value)) != NULL; i++)
		seq_printf(file, "%s %llu\n", name, (unsigned long long)value);
	return 0;
}

static int ledger_show(struct seq_file *file, void *unused)
{
	struct vmbus_core_ledger ledger;

	vmbus_core_ledger(&ledger);
	seq_printf(file, "allocated %llu\nfreed %llu\nshared %llu\nwith_host %llu\nabandoned %llu\n",
		   (unsigned long long)ledger.allocated, (unsigned long long)ledger.freed,
		   (unsigned long long)ledger.shared, (unsigned long long)ledger.with_host,
		   (unsigned long long)ledger.abandoned);
	return 0;
}

static int channel_show(struct lis_vmbus_channel *channel, void *file)
{
	uint32_t i, relid = lis_vmbus_channel_offer(channel)->relid;
	const char *name;
	uint64_t value;

	for (i = 0; (name = vmbus_core_channel_counter(channel, i, &value)) != NULL; i++)
		seq_printf(file, "%u %s %llu\n", relid, name, (unsigned long long)value);
	return 0;
}

static int device_show(struct device *base, void *file)
{
	return device_for_each_channel(to_lis_device(base), channel_show, file);
}

/* One line a channel and reason: relid, reason, times. */
static int channels_show(struct seq_file *file, void *unused)
{
	return bus_for_each_dev(&vmbus_bus, NULL, file, device_show);
}

#define DEBUGFS_FILE(name)                                                      \
	static int name##_open(struct inode *inode, struct file *file)          \
	{                                                                       \
		return single_open(file, name##_show, NULL);                    \
	}                                                                       \
	static const struct file_operations name##_operations = {               \
		.owner = THIS_MODULE,                                           \
		.open = name##_open,                                            \
		.read = seq_read,                                               \
		.llseek = seq_lseek,                                            \
		.release = single_release,                                      \
	}

DEBUGFS_FILE(counters);
DEBUGFS_FILE(ledger);
DEBUGFS_FILE(channels);

static struct {
	const char *name;
	const struct file_operations *operations;
	struct dentry *entry;
} files[] = {
	{ "counters", &counters_operations, NULL },
	{ "ledger", &ledger_operations, NULL },
	{ "channels", &channels_operations, NULL },
};

void debugfs_part_init(void)
{
	unsigned int i;

	directory = debugfs_create_dir("hv_vmbus", NULL);
	if (IS_ERR(directory))
		directory = NULL;
	for (i = 0; directory && i < ARRAY_SIZE(files); i++)
		files[i].entry = debugfs_create_file(files[i].name, S_IRUSR, directory, NULL,
						     (struct file_operations *)files[i].operations);
}

void debugfs_part_exit(void)
{
	unsigned int i;

	/* One by one: older kernels do not remove a directory with its files. */
	for (i = 0; directory && i < ARRAY_SIZE(files); i++)
		if (!IS_ERR(files[i].entry))
			debugfs_remove(files[i].entry);
	debugfs_remove(directory);
	directory = NULL;
}
