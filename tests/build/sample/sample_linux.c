// SPDX-License-Identifier: GPL-2.0-only
/* The shim of the sample module: see core.cpp. */

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>

#include <lis_digest.h>

#include "sample_core.h"

void lis_sample_report(uint64_t digest, uint32_t length)
{
	printk(KERN_INFO "sample: digest %llx, %u\n", (unsigned long long)digest, length);
}
EXPORT_SYMBOL_GPL(lis_sample_report);

static int __init sample_init(void)
{
	static const uint8_t bytes[] = { 1, 2, 3 };

	return lis_sample_sum(bytes, sizeof(bytes)) == 6 ? 0 : -EINVAL;
}

static void __exit sample_exit(void)
{
}

module_init(sample_init);
module_exit(sample_exit);
MODULE_DESCRIPTION("Shows that C and C++ build into one module");
MODULE_LICENSE("GPL");
MODULE_VERSION(LIS_VERSION);
