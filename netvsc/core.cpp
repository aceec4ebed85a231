// SPDX-License-Identifier: GPL-2.0-only
// The core's side of the border.
#include <lis/memory.hpp>

#include "adapter.hpp"

using lis::Result;
using lis::Status;
using lis::to_errno;
using netvsc_core::Queue;

struct netvsc* netvsc_create(struct lis_vmbus_channel* channel, void* context) {
    netvsc* const adapter = lis::create<netvsc>();
    if (adapter == nullptr)
        return nullptr;
    if (adapter->init(channel, context) != Status::Ok) {
        lis::destroy(adapter);
        return nullptr;
    }
    return adapter;
}

void netvsc_destroy(struct netvsc* adapter) {
    lis::destroy(adapter);
}

int32_t netvsc_start(struct netvsc* adapter, const struct netvsc_options* options) {
    return adapter->start(*options);
}

void netvsc_stop(struct netvsc* adapter) {
    adapter->stop();
}

const struct netvsc_info* netvsc_info_of(const struct netvsc* adapter) {
    return &adapter->info();
}

void netvsc_state_of(struct netvsc* adapter, struct netvsc_state* state) {
    adapter->read_state(state);
}

int32_t netvsc_transmit(struct netvsc* adapter, uint32_t queue, const struct netvsc_frame* frame, uint32_t more) {
    Queue* const found = adapter->queue(queue);
    if (__builtin_expect(found == nullptr, 0))
        return -LIS_ENODEV;
    const Result<netvsc_sent> sent = found->transmit(*frame, more != 0);
    return __builtin_expect(sent.ok(), 1) ? static_cast<int32_t>(sent.value()) : to_errno(sent.status());
}

void netvsc_flush(struct netvsc* adapter, uint32_t queue) {
    if (Queue* const found = adapter->queue(queue))
        found->flush();
}

uint32_t netvsc_ready(struct netvsc* adapter, uint32_t queue) {
    Queue* const found = adapter->queue(queue);
    return found != nullptr && found->ready() ? 1 : 0;
}

uint32_t netvsc_queue_of(const struct netvsc* adapter, uint32_t hash) {
    return adapter->queue_of(hash);
}

uint32_t netvsc_poll(struct netvsc* adapter, uint32_t queue, uint32_t budget) {
    Queue* const found = adapter->queue(queue);
    return found == nullptr ? 0 : found->poll(budget);
}

uint32_t netvsc_rearm(struct netvsc* adapter, uint32_t queue) {
    Queue* const found = adapter->queue(queue);
    return found != nullptr && found->rearm() ? 1 : 0;
}

void netvsc_counters_of(struct netvsc* adapter, uint32_t queue, struct netvsc_counters* counters) {
    adapter->read_counters(queue, counters);
}

int32_t netvsc_set_filter(struct netvsc* adapter, uint32_t filter) {
    return to_errno(adapter->set_filter(filter));
}

int32_t netvsc_set_mac(struct netvsc* adapter, const uint8_t mac[NETVSC_MAC_BYTES]) {
    return to_errno(adapter->set_mac(mac));
}

int32_t netvsc_set_coalesce(struct netvsc* adapter, uint32_t coalesce) {
    return to_errno(adapter->set_coalesce(coalesce != 0));
}

int32_t netvsc_set_spreading(struct netvsc* adapter, const struct netvsc_spreading* spreading) {
    return to_errno(adapter->set_spreading(*spreading));
}

void netvsc_spreading_of(struct netvsc* adapter, struct netvsc_spreading* spreading) {
    adapter->read_spreading(spreading);
}

int32_t netvsc_switch_path(struct netvsc* adapter, uint32_t to_vf) {
    return to_errno(adapter->switch_path(to_vf != 0));
}
