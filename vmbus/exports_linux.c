// SPDX-License-Identifier: GPL-2.0-only
/*
 * What other modules may use: all of lis/vmbus.h, and of lis/os.h all but lis_os_log,
 * which each module has itself (compat/os_log.h).
 */
#include <compat/compat.h>

#include <linux/module.h>

#include <lis/os.h>
#include <lis/vmbus.h>

EXPORT_SYMBOL_GPL(lis_os_alloc);
EXPORT_SYMBOL_GPL(lis_os_free);
EXPORT_SYMBOL_GPL(lis_os_pages_alloc);
EXPORT_SYMBOL_GPL(lis_os_pages_free);
EXPORT_SYMBOL_GPL(lis_os_pages_abandon);
EXPORT_SYMBOL_GPL(lis_os_pages_count);
EXPORT_SYMBOL_GPL(lis_os_pages_frame);
EXPORT_SYMBOL_GPL(lis_os_pages_address);
EXPORT_SYMBOL_GPL(lis_os_pages_map);
EXPORT_SYMBOL_GPL(lis_os_pages_map_ring);
EXPORT_SYMBOL_GPL(lis_os_unmap);
EXPORT_SYMBOL_GPL(lis_os_spinlock_create);
EXPORT_SYMBOL_GPL(lis_os_spinlock_destroy);
EXPORT_SYMBOL_GPL(lis_os_spin_lock);
EXPORT_SYMBOL_GPL(lis_os_spin_unlock);
EXPORT_SYMBOL_GPL(lis_os_mutex_create);
EXPORT_SYMBOL_GPL(lis_os_mutex_destroy);
EXPORT_SYMBOL_GPL(lis_os_mutex_lock);
EXPORT_SYMBOL_GPL(lis_os_mutex_unlock);
EXPORT_SYMBOL_GPL(lis_os_event_create);
EXPORT_SYMBOL_GPL(lis_os_event_destroy);
EXPORT_SYMBOL_GPL(lis_os_event_reset);
EXPORT_SYMBOL_GPL(lis_os_event_set);
EXPORT_SYMBOL_GPL(lis_os_wait);
EXPORT_SYMBOL_GPL(lis_os_sleep_ms);
EXPORT_SYMBOL_GPL(lis_os_delay_us);
EXPORT_SYMBOL_GPL(lis_os_queue_create);
EXPORT_SYMBOL_GPL(lis_os_queue_destroy);
EXPORT_SYMBOL_GPL(lis_os_queue_flush);
EXPORT_SYMBOL_GPL(lis_os_work_create);
EXPORT_SYMBOL_GPL(lis_os_work_destroy);
EXPORT_SYMBOL_GPL(lis_os_work_submit);
EXPORT_SYMBOL_GPL(lis_os_work_submit_after);
EXPORT_SYMBOL_GPL(lis_os_work_cancel);
EXPORT_SYMBOL_GPL(lis_os_softirq_create);
EXPORT_SYMBOL_GPL(lis_os_softirq_destroy);
EXPORT_SYMBOL_GPL(lis_os_softirq_schedule);
EXPORT_SYMBOL_GPL(lis_os_softirq_disable);
EXPORT_SYMBOL_GPL(lis_os_softirq_enable);
EXPORT_SYMBOL_GPL(lis_os_now_ns);
EXPORT_SYMBOL_GPL(lis_os_cpu_limit);
EXPORT_SYMBOL_GPL(lis_os_cpu_is_online);
EXPORT_SYMBOL_GPL(lis_os_cpu_vp_index);
EXPORT_SYMBOL_GPL(lis_os_cpu_node);
EXPORT_SYMBOL_GPL(lis_os_cpu_pin);
EXPORT_SYMBOL_GPL(lis_os_cpu_unpin);
EXPORT_SYMBOL_GPL(lis_os_cpus_lock);
EXPORT_SYMBOL_GPL(lis_os_cpus_unlock);
EXPORT_SYMBOL_GPL(lis_os_cpu_call);
EXPORT_SYMBOL_GPL(lis_os_quiesce);
EXPORT_SYMBOL_GPL(lis_os_cpuid);
EXPORT_SYMBOL_GPL(lis_os_msr_read);
EXPORT_SYMBOL_GPL(lis_os_msr_write);
EXPORT_SYMBOL_GPL(lis_os_hypercall);
EXPORT_SYMBOL_GPL(lis_os_hypercall_fast8);

EXPORT_SYMBOL_GPL(lis_vmbus_driver_register);
EXPORT_SYMBOL_GPL(lis_vmbus_driver_unregister);
EXPORT_SYMBOL_GPL(lis_vmbus_device_base);
EXPORT_SYMBOL_GPL(lis_vmbus_device_channel);
EXPORT_SYMBOL_GPL(lis_vmbus_device_data);
EXPORT_SYMBOL_GPL(lis_vmbus_device_set_data);
EXPORT_SYMBOL_GPL(lis_vmbus_version);
EXPORT_SYMBOL_GPL(lis_vmbus_connect_service);
EXPORT_SYMBOL_GPL(lis_vmbus_mmio_allocate);
EXPORT_SYMBOL_GPL(lis_vmbus_mmio_free);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_offer);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_open);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_close);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_rescinded);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_set_cpu);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_cpu);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_on_subchannel);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_get);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_put);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_send_ring);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_receive_ring);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_signal);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_low_latency);
EXPORT_SYMBOL_GPL(lis_vmbus_channel_drop);
EXPORT_SYMBOL_GPL(lis_vmbus_gpadl_create);
EXPORT_SYMBOL_GPL(lis_vmbus_gpadl_release);
EXPORT_SYMBOL_GPL(lis_vmbus_gpadl_handle);
EXPORT_SYMBOL_GPL(lis_vmbus_gpadl_pages);
