// SPDX-License-Identifier: GPL-2.0-only
/* Drivers on the bus: registration, binding, and what user space may do about it. */
#include <linux/device.h>
#include <linux/string.h>

#include <lis_digest.h>

#include "bus_kunit.h"

#define DRIVER_FILE(name) "/sys/bus/vmbus/drivers/" LIS_KUNIT_DRIVER "/" name

static void another_digest_is_refused(struct kunit *test)
{
	static const char refusal[] = "hv_vmbus: lis_kunit 0.0.9: built for another hv_vmbus (" LIS_VERSION
				      " is loaded); rebuild the initramfs";
	struct lis_vmbus_driver *driver = lis_kunit_driver_init();
	struct lis_kunit_log log;

	driver->digest ^= 1;
	driver->version = "0.0.9";
	lis_kunit_log_mark(&log);
	KUNIT_EXPECT_EQ(test, lis_vmbus_driver_register(driver, THIS_MODULE), -LIS_EPERM);
	KUNIT_EXPECT_EQ(test, lis_kunit_log_count(&log, refusal), 1);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, 0);

	driver = lis_kunit_driver_init();
	driver->size -= 8;
	KUNIT_EXPECT_EQ(test, lis_vmbus_driver_register(driver, THIS_MODULE), -LIS_EPERM);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, 0);
}

static void driver_gets_its_device(struct kunit *test)
{
	struct lis_vmbus_channel *channel = lis_kunit_driver_enter(test);
	const struct lis_vmbus_offer *offer = lis_vmbus_channel_offer(channel);

	KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, 1);
	KUNIT_EXPECT_PTR_EQ(test, lis_vmbus_device_data(lis_kunit_binding.device), (void *)&lis_kunit_binding);
	KUNIT_EXPECT_EQ(test, offer->class_id.bytes[0], 0xdc);
	KUNIT_EXPECT_NE(test, offer->relid, 0);
	KUNIT_EXPECT_EQ(test, offer->subchannel_index, 0);
	KUNIT_EXPECT_EQ(test, lis_vmbus_channel_rescinded(channel), 0);
	KUNIT_EXPECT_LT(test, lis_vmbus_channel_cpu(channel), nr_cpu_ids);
	KUNIT_EXPECT_NE(test, lis_vmbus_version(), 0);
	lis_kunit_driver_leave(test);
}

static void driver_comes_and_goes_100_times(struct kunit *test)
{
	struct lis_kunit_ledger before;
	unsigned int i;

	lis_kunit_ledger_read(test, &before);
	for (i = 0; i < 100; i++) {
		lis_kunit_driver_enter(test);
		lis_kunit_driver_leave(test);
	}
	lis_kunit_ledger_expect_balanced(test, &before);
}

static void second_driver_of_that_name_is_refused(struct kunit *test)
{
	struct lis_vmbus_driver second = *lis_kunit_driver_init();

	lis_kunit_driver_enter(test);
	KUNIT_EXPECT_EQ(test, lis_vmbus_driver_register(&second, THIS_MODULE), -LIS_EBUSY);
	KUNIT_EXPECT_NULL(test, second.bus_private);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, 1);
	lis_kunit_driver_leave(test);
}

static void failed_probe_leaves_the_device_free(struct kunit *test)
{
	struct lis_vmbus_driver *driver = lis_kunit_driver_init();
	char target[16];

	lis_kunit_binding.probe_result = -LIS_EIO;
	KUNIT_ASSERT_EQ(test, lis_vmbus_driver_register(driver, THIS_MODULE), 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, 1);
	KUNIT_EXPECT_EQ(test, lis_kunit_file_read(test, lis_kunit_attribute_path("driver/module/refcnt"), target,
						  sizeof(target)), -ENOENT);
	lis_vmbus_driver_unregister(driver);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.removes, 0);
	lis_kunit_driver_enter(test);
	lis_kunit_driver_leave(test);
}

static void user_binds_and_unbinds(struct kunit *test)
{
	unsigned int i;

	lis_kunit_driver_enter(test);
	for (i = 1; i <= 10; i++) {
		KUNIT_EXPECT_EQ(test, lis_kunit_file_write(DRIVER_FILE("unbind"), lis_kunit_binding.name), 0);
		KUNIT_EXPECT_EQ(test, lis_kunit_binding.removes, i);
		KUNIT_EXPECT_NULL(test, lis_kunit_binding.device);
		KUNIT_EXPECT_EQ(test, lis_kunit_file_write(DRIVER_FILE("unbind"), lis_kunit_binding.name), -ENODEV);
		KUNIT_EXPECT_EQ(test, lis_kunit_file_write(DRIVER_FILE("bind"), lis_kunit_binding.name), 0);
		KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, i + 1);
		KUNIT_EXPECT_NOT_NULL(test, lis_kunit_binding.device);
	}
	lis_kunit_driver_leave(test);
}

static void override_decides_who_drives(struct kunit *test)
{
	struct lis_vmbus_driver *driver;
	char name[sizeof(lis_kunit_binding.name)];

	lis_kunit_driver_enter(test);
	memcpy(name, lis_kunit_binding.name, sizeof(name));
	lis_kunit_driver_leave(test);
	KUNIT_ASSERT_EQ(test, lis_kunit_file_write(lis_kunit_attribute_path("driver_override"), "nobody\n"), 0);

	driver = lis_kunit_driver_init();
	KUNIT_EXPECT_EQ(test, lis_vmbus_driver_register(driver, THIS_MODULE), 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, 0);
	lis_vmbus_driver_unregister(driver);

	/* The driver is chosen by name, though it knows no class. */
	driver = lis_kunit_driver_init();
	driver->class_count = 0;
	memcpy(lis_kunit_binding.name, name, sizeof(name));
	KUNIT_EXPECT_EQ(test, lis_kunit_file_write(lis_kunit_attribute_path("driver_override"), LIS_KUNIT_DRIVER "\n"), 0);
	KUNIT_EXPECT_EQ(test, lis_vmbus_driver_register(driver, THIS_MODULE), 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, 1);
	KUNIT_EXPECT_EQ(test, lis_kunit_file_write(lis_kunit_attribute_path("driver_override"), "\n"), 0);
	lis_kunit_driver_leave(test);
}

static void user_gives_and_takes_classes(struct kunit *test)
{
	static const char class_id[] = "525074dc-8985-46e2-8057-a307dc18a502";
	struct lis_vmbus_driver *driver = lis_kunit_driver_init();

	driver->class_count = 0;
	KUNIT_ASSERT_EQ(test, lis_vmbus_driver_register(driver, THIS_MODULE), 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_file_write(DRIVER_FILE("new_id"), "525074dc-8985"), -EINVAL);
	KUNIT_EXPECT_EQ(test, lis_kunit_file_write(DRIVER_FILE("remove_id"), class_id), -ENODEV);
	KUNIT_EXPECT_EQ(test, lis_kunit_file_write(DRIVER_FILE("new_id"), class_id), 0);
	KUNIT_EXPECT_EQ(test, lis_kunit_binding.probes, 1);
	KUNIT_EXPECT_NOT_NULL(test, lis_kunit_binding.device);
	KUNIT_EXPECT_EQ(test, lis_kunit_file_write(DRIVER_FILE("new_id"), class_id), -EEXIST);
	KUNIT_EXPECT_EQ(test, lis_kunit_file_write(DRIVER_FILE("remove_id"), class_id), 0);
	lis_kunit_driver_leave(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(another_digest_is_refused),
	KUNIT_CASE(driver_gets_its_device),
	KUNIT_CASE_SLOW(driver_comes_and_goes_100_times),
	KUNIT_CASE(second_driver_of_that_name_is_refused),
	KUNIT_CASE(failed_probe_leaves_the_device_free),
	KUNIT_CASE(user_binds_and_unbinds),
	KUNIT_CASE(override_decides_who_drives),
	KUNIT_CASE(user_gives_and_takes_classes),
	{}
};

static struct kunit_suite suite = {
	.name = "lis_bus_driver",
	.test_cases = cases,
};
kunit_test_suite(suite);
