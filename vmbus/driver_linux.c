// SPDX-License-Identifier: GPL-2.0-only
/* Registration of drivers, and their new_id and remove_id. */
#include <compat/compat.h>
#include <compat/device.h>

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <lis_digest.h>

#include "bus_linux.h"
#include "driver_linux.h"
#include "vmbus_core.h"

struct dynamic_id {
	struct list_head node;
	struct lis_guid class_id;
};

static struct dynamic_id *find_id(struct bus_driver *driver, const struct lis_guid *class_id)
{
	struct dynamic_id *id;

	list_for_each_entry(id, &driver->ids, node)
		if (memcmp(&id->class_id, class_id, sizeof(*class_id)) == 0)
			return id;
	return NULL;
}

bool driver_has_class(struct bus_driver *driver, const struct lis_guid *class_id)
{
	const struct lis_vmbus_driver *lis = driver->lis;
	bool found;
	uint32_t i;

	spin_lock(&driver->lock);
	found = find_id(driver, class_id) != NULL;
	spin_unlock(&driver->lock);
	for (i = 0; i < lis->class_count && !found; i++)
		found = memcmp(&lis->classes[i], class_id, sizeof(*class_id)) == 0;
	return found;
}

static ssize_t new_id_store(struct device_driver *base, const char *text, size_t count)
{
	struct bus_driver *driver = to_bus_driver(base);
	struct dynamic_id *id;
	int result;

	id = kzalloc(sizeof(*id), GFP_KERNEL);
	if (!id)
		return -ENOMEM;
	result = guid_parse_text(text, &id->class_id);
	if (result) {
		kfree(id);
		return result;
	}
	spin_lock(&driver->lock);
	if (find_id(driver, &id->class_id))
		result = -EEXIST;
	else
		list_add_tail(&id->node, &driver->ids);
	spin_unlock(&driver->lock);
	if (result) {
		kfree(id);
		return result;
	}
	result = lis_driver_attach(base);
	return result ? result : count;
}

static ssize_t remove_id_store(struct device_driver *base, const char *text, size_t count)
{
	struct bus_driver *driver = to_bus_driver(base);
	struct lis_guid class_id;
	struct dynamic_id *id;
	int result;

	result = guid_parse_text(text, &class_id);
	if (result)
		return result;
	spin_lock(&driver->lock);
	id = find_id(driver, &class_id);
	if (id)
		list_del(&id->node);
	spin_unlock(&driver->lock);
	kfree(id);
	return id ? count : -ENODEV;
}

static struct driver_attribute new_id = __ATTR(new_id, S_IWUSR, NULL, new_id_store);
static struct driver_attribute remove_id = __ATTR(remove_id, S_IWUSR, NULL, remove_id_store);

static void free_ids(struct bus_driver *driver)
{
	struct dynamic_id *id, *next;

	list_for_each_entry_safe(id, next, &driver->ids, node) {
		list_del(&id->node);
		kfree(id);
	}
}

int32_t lis_vmbus_driver_register(struct lis_vmbus_driver *lis, struct module *owner)
{
	struct bus_driver *driver;
	int result;

	/* The digest first: with another one nothing else in the struct may be believed but the names. */
	if (lis->digest != LIS_HEADER_DIGEST || lis->size != sizeof(*lis)) {
		lis_os_log(LIS_OS_LOG_ERROR,
			   "%s %s: built for another hv_vmbus (%s is loaded); rebuild the initramfs", lis->name,
			   lis->version, LIS_VERSION);
		return -LIS_EPERM;
	}
	driver = kzalloc(sizeof(*driver), GFP_KERNEL);
	if (!driver)
		return -ENOMEM;
	spin_lock_init(&driver->lock);
	INIT_LIST_HEAD(&driver->ids);
	driver->lis = lis;
	driver->base.name = (char *)lis->name;
	driver->base.owner = owner;
	driver->base.bus = &vmbus_bus;
	lis->bus_private = driver;

	lis_os_log(LIS_OS_LOG_INFO, "registering driver %s", lis->name);
	result = driver_register(&driver->base);
	if (result)
		goto free;
	result = driver_create_file(&driver->base, &new_id);
	if (result)
		goto unregister;
	result = driver_create_file(&driver->base, &remove_id);
	if (result)
		goto remove_new_id;
	return 0;

remove_new_id:
	driver_remove_file(&driver->base, &new_id);
unregister:
	driver_unregister(&driver->base);
free:
	free_ids(driver);
	kfree(driver);
	lis->bus_private = NULL;
	return result;
}

void lis_vmbus_driver_unregister(struct lis_vmbus_driver *lis)
{
	struct bus_driver *driver = lis->bus_private;

	lis_os_log(LIS_OS_LOG_INFO, "unregistering driver %s", lis->name);
	driver_remove_file(&driver->base, &remove_id);
	driver_remove_file(&driver->base, &new_id);
	driver_unregister(&driver->base);
	free_ids(driver);
	kfree(driver);
	lis->bus_private = NULL;
}
