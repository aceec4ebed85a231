// SPDX-License-Identifier: GPL-2.0-only
// The core's part of lis/vmbus.h: channels, rings and shared memory for drivers.
#include <lis/vmbus.h>

#include "bus.hpp"
#include "gpadl.hpp"
#include "the_bus.hpp"
#include "version.hpp"

using lis::Status;
using lis::to_errno;
using namespace vmbus;

uint32_t lis_vmbus_version(void) {
    const Bus* const bus = the_bus();
    return bus != nullptr ? bus->connection.version() : 0;
}

int32_t lis_vmbus_connect_service(const struct lis_guid* endpoint, const struct lis_guid* service) {
    Bus& bus = *the_bus();
    const uint32_t version = bus.connection.version();
    if (!has_connect_service(version))
        return -LIS_EOPNOTSUPP;
    hyperv::TlConnectRequest message = hyperv::TlConnectRequest();
    message.header.type.set(static_cast<uint32_t>(hyperv::MessageType::TlConnectRequest));
    __builtin_memcpy(message.endpoint.bytes, endpoint->bytes, sizeof message.endpoint.bytes);
    __builtin_memcpy(message.service.bytes, service->bytes, sizeof message.service.bytes);
    const uint32_t size =
        has_service_silo(version) ? static_cast<uint32_t>(sizeof message) : hyperv::kTlConnectRequestOldBytes;
    return to_errno(bus.poster.post_bytes(&message, size));
}

// ---- channels ----

const struct lis_vmbus_offer* lis_vmbus_channel_offer(const struct lis_vmbus_channel* channel) {
    return &from_handle(channel)->offer();
}

int32_t lis_vmbus_channel_open(struct lis_vmbus_channel* channel, const struct lis_vmbus_open* open) {
    return to_errno(from_handle(channel)->open(*open));
}

void lis_vmbus_channel_close(struct lis_vmbus_channel* channel) {
    from_handle(channel)->close();
}

uint32_t lis_vmbus_channel_rescinded(const struct lis_vmbus_channel* channel) {
    return from_handle(channel)->rescinded();
}

int32_t lis_vmbus_channel_set_cpu(struct lis_vmbus_channel* channel, uint32_t cpu) {
    return to_errno(from_handle(channel)->set_cpu(cpu));
}

uint32_t lis_vmbus_channel_cpu(const struct lis_vmbus_channel* channel) {
    return from_handle(channel)->cpu();
}

void lis_vmbus_channel_on_subchannel(struct lis_vmbus_channel* primary,
                                     void (*on_subchannel)(void*, struct lis_vmbus_channel*), void* context) {
    from_handle(primary)->set_subchannel_handler(on_subchannel, context);
}

void lis_vmbus_channel_get(struct lis_vmbus_channel* channel) {
    from_handle(channel)->get();
}

void lis_vmbus_channel_put(struct lis_vmbus_channel* channel) {
    from_handle(channel)->put();
}

const struct lis_vmbus_ring* lis_vmbus_channel_send_ring(const struct lis_vmbus_channel* channel) {
    return from_handle(channel)->send_ring();
}

const struct lis_vmbus_ring* lis_vmbus_channel_receive_ring(const struct lis_vmbus_channel* channel) {
    return from_handle(channel)->receive_ring();
}

void lis_vmbus_channel_signal(struct lis_vmbus_channel* channel) {
    from_handle(channel)->signal();
}

void lis_vmbus_channel_low_latency(struct lis_vmbus_channel* channel, uint32_t on) {
    from_handle(channel)->set_low_latency(on != 0);
}

void lis_vmbus_channel_drop(struct lis_vmbus_channel* channel, uint32_t reason) {
    from_handle(channel)->drop(reason);
}

// ---- shared memory beyond the rings ----

int32_t lis_vmbus_gpadl_create(struct lis_vmbus_channel* channel, uint32_t page_count, struct lis_vmbus_gpadl** gpadl) {
    if (page_count == 0)
        return -LIS_EINVAL;
    if (page_count > hyperv::kGpadlPageLimit)
        return -LIS_EMSGSIZE;
    Bus& bus = *the_bus();
    Channel& owner = *from_handle(channel);
    if (bus.ledger.is_over_limit(owner.device()))
        return -LIS_ENOSPC;
    Gpadl* const entry = bus.ledger.add(page_count, owner.device());
    if (entry == nullptr)
        return -LIS_ENOMEM;
    const Status status = share(bus, owner, entry);
    if (status != Status::Ok)
        return to_errno(status);
    entry->channel = &owner;
    owner.get();
    *gpadl = entry;
    return 0;
}

void lis_vmbus_gpadl_release(struct lis_vmbus_gpadl* gpadl) {
    if (gpadl == nullptr)
        return;
    Gpadl* const entry = static_cast<Gpadl*>(gpadl);
    Channel* const owner = entry->channel;
    unshare(*the_bus(), *owner, entry);
    owner->put();
}

uint32_t lis_vmbus_gpadl_handle(const struct lis_vmbus_gpadl* gpadl) {
    return static_cast<const Gpadl*>(gpadl)->handle;
}

const struct lis_os_pages* lis_vmbus_gpadl_pages(const struct lis_vmbus_gpadl* gpadl) {
    return static_cast<const Gpadl*>(gpadl)->pages;
}
