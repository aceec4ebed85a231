// SPDX-License-Identifier: GPL-2.0-only
// The C side of the core: vmbus_core.h for the shims. What other modules call is in
// exports.cpp.
#include "vmbus_core.h"

#include <lis/memory.hpp>

#include "bus.hpp"
#include "device_class.hpp"
#include "the_bus.hpp"

namespace vmbus {

static Bus* the_bus_object;

Bus* the_bus() {
    return the_bus_object;
}

} // namespace vmbus

using lis::Status;
using lis::to_errno;
using namespace vmbus;

// ---- life ----

int32_t vmbus_core_create(const struct vmbus_core_settings* settings) {
    if (settings->size != sizeof *settings || the_bus_object != nullptr)
        return -LIS_EINVAL;
    Bus* const bus = lis::create<Bus>();
    if (bus == nullptr)
        return -LIS_ENOMEM;
    const Status status = bus->init(*settings);
    if (status == Status::Ok)
        the_bus_object = bus;
    else
        lis::destroy(bus);
    return to_errno(status);
}

void vmbus_core_destroy(void) {
    Bus* const bus = the_bus_object;
    the_bus_object = nullptr;
    lis::destroy(bus);
}

void vmbus_core_synic_enable(uint32_t cpu) {
    the_bus_object->synic.enable(cpu);
}

void vmbus_core_synic_mask(uint32_t cpu) {
    the_bus_object->synic.mask(cpu);
}

void vmbus_core_synic_disable(uint32_t cpu) {
    the_bus_object->synic.disable(cpu);
}

int32_t vmbus_core_cpu_may_go_offline(uint32_t cpu) {
    const char* needed = nullptr;
    if (cpu == Connection::kMessageCpu)
        needed = "the host's messages";
    else if (the_bus_object->placement.has_bound(cpu))
        needed = "interrupts of an open channel";
    if (needed == nullptr)
        return 0;
    lis_os_log(LIS_OS_LOG_WARNING, "CPU %u stays online: it takes %s", cpu, needed);
    return -LIS_EBUSY;
}

static Status negotiated(Bus& bus, Status negotiation) {
    if (negotiation != Status::Ok)
        return negotiation;
    // A new connection ends everything that the host had of an older one.
    bus.ledger.host_let_go();
    bus.enumerator.begin();
    return bus.connection.request_offers();
}

int32_t vmbus_core_connect(void) {
    Bus& bus = *the_bus_object;
    const Status status = negotiated(bus, bus.connection.negotiate(bus.max_version));
    if (status != Status::Ok) {
        if (bus.connection.version() != 0)
            vmbus_core_disconnect();
        return to_errno(status);
    }
    if (!bus.enumerator.wait_for_offers())
        lis_os_log(LIS_OS_LOG_WARNING, "the host has not said that all offers are delivered");
    bus.enumerator.settle();
    return 0;
}

// Ok: the host has let go of everything.
static void leave_host(Bus& bus) {
    const Status status = bus.connection.unload();
    bus.dispatcher.flush();
    if (status == Status::Ok)
        bus.ledger.host_let_go();
    else
        lis_os_log(LIS_OS_LOG_WARNING, "the host %s",
                   status == Status::Unsupported ? "is too old to be left" : "has not confirmed the unload");
}

void vmbus_core_disconnect(void) {
    Bus& bus = *the_bus_object;
    bus.enumerator.remove_devices();
    leave_host(bus);
    bus.enumerator.forget_channels();
    bus.ledger.abandon_all();
}

int32_t vmbus_core_suspend(void) {
    Bus& bus = *the_bus_object;
    bus.suspended_version = bus.connection.version();
    bus.enumerator.suspend();
    leave_host(bus);
    return 0;
}

int32_t vmbus_core_resume(void) {
    Bus& bus = *the_bus_object;
    if (bus.suspended_version == 0)
        return -LIS_EINVAL;
    const Status status = negotiated(bus, bus.connection.negotiate_again(bus.suspended_version));
    if (status == Status::Ok)
        bus.enumerator.wait_for_reoffers();
    else
        bus.enumerator.withdraw_missing();
    return to_errno(status);
}

void vmbus_core_crash_unload(void) {
    if (the_bus_object != nullptr)
        the_bus_object->connection.unload_in_crash();
}

void vmbus_core_crash_interrupt(uint32_t cpu) {
    the_bus_object->connection.take_in_crash(cpu);
    // The CPU that polls may have been faster: it could not do this.
    the_bus_object->synic.tell_end_of_message();
}

void vmbus_core_interrupt(uint32_t cpu) {
    the_bus_object->interrupt(cpu);
}

// ---- status ----

void vmbus_core_channel_status(const struct lis_vmbus_channel* channel, struct vmbus_core_channel_status* status) {
    const_cast<Channel*>(from_handle(channel))->read_status(status);
}

const char* vmbus_core_class_name(const struct lis_guid* class_id) {
    return find_device_class(*class_id)->name;
}

uint32_t vmbus_core_class_device_number(const struct lis_guid* class_id) {
    return find_device_class(*class_id)->number;
}

const char* vmbus_core_counter(uint32_t index, uint64_t* value) {
    const char* const name = Counters::name(index);
    if (name != nullptr)
        *value = the_bus_object->counters.get(static_cast<Counter>(index));
    return name;
}

const char* vmbus_core_channel_counter(const struct lis_vmbus_channel* channel, uint32_t index, uint64_t* value) {
    static const char* const kNames[] = {"drop_ring_index", "drop_packet_length", "drop_packet_type",
                                         "drop_transaction", "drop_payload"};
    static_assert(sizeof kNames / sizeof kNames[0] == LIS_VMBUS_DROP_COUNT, "one name each");
    if (index >= LIS_VMBUS_DROP_COUNT)
        return nullptr;
    *value = from_handle(channel)->drops(index);
    return kNames[index];
}

void vmbus_core_ledger(struct vmbus_core_ledger* ledger) {
    the_bus_object->ledger.status(ledger);
}

void* vmbus_core_channel_shim(const struct lis_vmbus_channel* channel) {
    return from_handle(channel)->shim;
}

void vmbus_core_channel_set_shim(struct lis_vmbus_channel* channel, void* shim) {
    from_handle(channel)->shim = shim;
}

struct lis_vmbus_channel* vmbus_core_channel_primary(const struct lis_vmbus_channel* channel) {
    return from_handle(channel)->primary();
}
