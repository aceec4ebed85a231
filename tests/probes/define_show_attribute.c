/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 4.16: DEFINE_SHOW_ATTRIBUTE, the file operations of a seq_file that is read only.
 */
#include <linux/fs.h>
#include <linux/seq_file.h>

static int name_show(struct seq_file *file, void *data) { return 0; }

DEFINE_SHOW_ATTRIBUTE(name);
const struct file_operations *lis_probe = &name_fops;
