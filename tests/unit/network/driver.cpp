// SPDX-License-Identifier: GPL-2.0-only
#include "driver.hpp"

#include <lis/shared.hpp>

namespace network_test {

const uint32_t kPage = 4096;

Packet::Packet(const Bytes& bytes) : data(bytes) {
    frame.packet = this;
    frame.bytes = static_cast<uint32_t>(bytes.size());
    pages = lis_os_pages_alloc((first + frame.bytes + kPage - 1) / kPage);
    for (uint32_t i = 0; i < bytes.size(); i++)
        static_cast<unsigned char*>(lis_os_pages_address(pages, (first + i) / kPage))[(first + i) % kPage] = bytes[i];
}

NetworkDriver::NetworkDriver(bus_test::World& world, std::shared_ptr<host::NetworkDevice> device)
    : world_(world), device_(device) {
    world.on_add = [this](bus_test::Device& added) { probe(added); };
    world.on_remove = [this](bus_test::Device&) { remove(); };
    world.bus.add_device(device_);
}

NetworkDriver::~NetworkDriver() {}

// ---- life ----

void NetworkDriver::probe(bus_test::Device& device) {
    channel_ = device.channel;
    for (uint32_t queue = 0; queue < NETVSC_QUEUE_LIMIT; queue++) {
        pollers_.emplace_back(new Poller{this, queue, nullptr, false, false, {}});
        pollers_.back()->softirq = lis_os_softirq_create(on_softirq, pollers_.back().get());
    }
    core_ = netvsc_create(channel_, this);
    started = core_ != nullptr ? netvsc_start(core_, &options) : -LIS_ENOMEM;
    bound_ = started == 0;
    note_drops();
    if (bound_) return;
    remove();
}

void NetworkDriver::remove() {
    if (channel_ == nullptr) return; // the probe failed
    if (bound_) {
        bound_ = false;
        EXPECT_TRUE(world_.wait_until([&] { return inside_ == 0; }, 2000000));
        netvsc_stop(core_);
    }
    note_drops();
    netvsc_destroy(core_);
    core_ = nullptr;
    for (const auto& poller : pollers_) {
        EXPECT_FALSE(poller->on) << "queue " << poller->queue;
        lis_os_softirq_destroy(poller->softirq);
    }
    pollers_.clear();
    for (const auto& packet : packets) EXPECT_EQ(packet->sent, packet->result == NETVSC_HELD ? 1u : 0u);
    packets.clear();
    channel_ = nullptr;
}

void NetworkDriver::stop() {
    inside_++;
    netvsc_stop(core_);
    inside_--;
}

int32_t NetworkDriver::start() {
    inside_++;
    started = netvsc_start(core_, &options);
    inside_--;
    return started;
}

void NetworkDriver::listen() {
    EXPECT_EQ(netvsc_set_filter(core_, NETVSC_RECEIVE_DIRECTED | NETVSC_RECEIVE_MULTICAST | NETVSC_RECEIVE_BROADCAST |
                                           NETVSC_RECEIVE_PROMISCUOUS), 0);
}

netvsc_state NetworkDriver::state() const {
    netvsc_state state;
    netvsc_state_of(core_, &state);
    return state;
}

uint64_t NetworkDriver::counter(uint64_t netvsc_counters::*which) const {
    uint64_t sum = 0;
    for (uint32_t queue = 0; queue < NETVSC_QUEUE_LIMIT; queue++) {
        netvsc_counters counters;
        netvsc_counters_of(core_, queue, &counters);
        sum += counters.*which;
    }
    return sum;
}

void NetworkDriver::note_drops() {
    const char* name;
    uint64_t value = 0;
    for (uint32_t i = 0; (name = vmbus_core_channel_counter(channel_, i, &value)) != nullptr; i++) drops_[name] = value;
}

uint64_t NetworkDriver::drops(const char* reason) const {
    if (channel_ != nullptr) const_cast<NetworkDriver*>(this)->note_drops();
    return drops_.at(std::string("drop_") + reason);
}

// ---- to the host ----

int32_t NetworkDriver::send(const std::shared_ptr<Packet>& packet, bool more, uint32_t queue) {
    packet->result = NETVSC_HELD; // it may be back before this returns
    inside_++;
    packet->result = netvsc_transmit(core_, queue, &packet->frame, more);
    inside_--;
    packets.push_back(packet);
    return packet->result;
}

std::shared_ptr<Packet> NetworkDriver::send(const Bytes& bytes, bool more, uint32_t queue) {
    const std::shared_ptr<Packet> packet = make(bytes);
    send(packet, more, queue);
    return packet;
}

void NetworkDriver::flush(uint32_t queue) {
    inside_++;
    netvsc_flush(core_, queue);
    inside_--;
}

bool NetworkDriver::ready(uint32_t queue) {
    inside_++;
    const bool room = netvsc_ready(core_, queue) != 0;
    inside_--;
    return room;
}

// ---- from the host ----

void NetworkDriver::polling(uint32_t queue, bool on) {
    Poller& poller = *pollers_[queue];
    EXPECT_NE(poller.on, on) << "queue " << queue;
    poller.on = on;
    if (on) return;
    poller.wanted = false;
    lis_os_softirq_disable(poller.softirq);
    lis_os_softirq_enable(poller.softirq);
}

void NetworkDriver::schedule(uint32_t queue) {
    Poller& poller = *pollers_[queue];
    schedules++;
    poller.wanted = true;
    if (!holds_polls) lis_os_softirq_schedule(poller.softirq);
}

void NetworkDriver::poll_now() {
    for (const auto& poller : pollers_)
        if (poller->on && poller->wanted) lis_os_softirq_schedule(poller->softirq);
}

void NetworkDriver::on_softirq(void* self) {
    Poller& poller = *static_cast<Poller*>(self);
    if (!poller.on) return;
    poller.wanted = false;
    poller.driver->poll(poller.queue);
}

void NetworkDriver::poll(uint32_t queue) {
    if (netvsc_poll(core_, queue, budget) >= budget || netvsc_rearm(core_, queue) != 0)
        lis_os_softirq_schedule(pollers_[queue]->softirq);
}

uint32_t NetworkDriver::memory(uint32_t queue, uint32_t bytes, netvsc_piece* pieces) {
    EXPECT_GE(bytes, uint32_t{NETVSC_FRAME_HEADER});
    EXPECT_LE(bytes, uint32_t{NETVSC_FRAME_LIMIT});
    std::vector<Bytes>& memory = pollers_[queue]->memory;
    memory.clear();
    if (no_memory) return 0;
    for (uint32_t left = bytes; left != 0;) {
        const uint32_t run = std::min(left, piece_bytes);
        memory.push_back(Bytes(run));
        pieces[memory.size() - 1] = netvsc_piece{memory.back().data(), run};
        left -= run;
    }
    EXPECT_LE(memory.size(), size_t{NETVSC_PIECE_LIMIT});
    return static_cast<uint32_t>(memory.size());
}

void NetworkDriver::receive(uint32_t queue, const netvsc_arrival& arrival) {
    Arrival whole = {queue, arrival, {}};
    for (const Bytes& piece : pollers_[queue]->memory) whole.bytes.insert(whole.bytes.end(), piece.begin(), piece.end());
    EXPECT_EQ(whole.bytes.size(), arrival.bytes);
    arrivals.push_back(whole);
}

} // namespace network_test

using network_test::NetworkDriver;
using network_test::Packet;

// ---- the shim's side of the core ----

void netvsc_shim_changed(void* context) { static_cast<NetworkDriver*>(context)->changed(); }

void netvsc_shim_copy(void* packet, void* to) {
    const Packet& source = *static_cast<Packet*>(packet);
    lis::copy_out(to, source.data.data(), source.data.size());
}

uint32_t netvsc_shim_ranges(void* packet, netvsc_range* ranges, uint32_t limit) {
    const Packet& source = *static_cast<Packet*>(packet);
    uint32_t count = 0;
    const uint32_t bytes = static_cast<uint32_t>(source.data.size());
    const uint32_t most = source.ranges != 0 ? (bytes + source.ranges - 1) / source.ranges : bytes;
    for (uint32_t at = 0; at < bytes;) {
        if (count == limit) return 0;
        const uint32_t page = (source.first + at) / network_test::kPage;
        const uint32_t offset = (source.first + at) % network_test::kPage;
        uint32_t run = std::min(network_test::kPage - offset, bytes - at);
        uint32_t next = page + 1;
        while (at + run < bytes && lis_os_pages_frame(source.pages, next) == lis_os_pages_frame(source.pages, page) + next - page) {
            run = std::min(run + network_test::kPage, bytes - at);
            next++;
        }
        run = std::min(run, most);
        ranges[count++] = netvsc_range{lis_os_pages_frame(source.pages, page), offset, run};
        at += run;
    }
    return count;
}

void netvsc_shim_sent(void* context, uint32_t queue, void* packet) {
    EXPECT_LT(queue, uint32_t{NETVSC_QUEUE_LIMIT});
    Packet& back = *static_cast<Packet*>(packet);
    back.sent++;
    EXPECT_EQ(back.sent, 1u);
    static_cast<void>(context);
}

void netvsc_shim_wake(void* context, uint32_t) { static_cast<NetworkDriver*>(context)->wake(); }
void netvsc_shim_polling(void* context, uint32_t queue, uint32_t on) {
    static_cast<NetworkDriver*>(context)->polling(queue, on != 0);
}
void netvsc_shim_schedule(void* context, uint32_t queue) { static_cast<NetworkDriver*>(context)->schedule(queue); }
uint32_t netvsc_shim_memory(void* context, uint32_t queue, uint32_t bytes, netvsc_piece* pieces) {
    return static_cast<NetworkDriver*>(context)->memory(queue, bytes, pieces);
}
void netvsc_shim_receive(void* context, uint32_t queue, const netvsc_arrival* arrival) {
    static_cast<NetworkDriver*>(context)->receive(queue, *arrival);
}
