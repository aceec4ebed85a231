// SPDX-License-Identifier: GPL-2.0-only
// A driver on a host that lies, and what such a host gives it.
#ifndef NETWORK_HOSTILE_SCENE_HPP
#define NETWORK_HOSTILE_SCENE_HPP

#include "lying_host.hpp"

namespace network_test {

using bus_test::plain;
using bus_test::Recorder;
using bus_test::seeded;
using bus_test::World;
using host::AdapterOptions;
using testos::for_each_seed;
using testos::Seed;

struct Scene {
    World& world;
    NetworkDriver& driver;
    Recorder& recorder;
    SilentDevice& device;
    Editor& editor;
    host::Channel& channel(uint16_t index = 0) const {
        for (host::Channel* const each : world.bus.channels_of(device))
            if (each->subchannel_index() == index && each->state() != host::ChannelState::Revoked) return *each;
        abort();
    }
};

typedef std::function<void(Scene)> Body;

// edit: before the guest comes; body: once its start has ended.
inline void with_host(Seed seed, const Body& edit, const Body& body, const AdapterOptions& adapter = {}) {
    World world(seeded(seed));
    world.expect_violations();
    Editor editor;
    world.link.attacker = &editor;
    const auto recorder = std::make_shared<Recorder>();
    const hyperv::Guid instance = {{5}};
    const auto device = std::make_shared<SilentDevice>(world.link, world.bus, instance, adapter, recorder);
    NetworkDriver driver(world, device);
    const Scene all{world, driver, *recorder, *device, editor};
    if (edit) edit(all);
    world.run([&] {
        EXPECT_EQ(vmbus_core_connect(), 0);
        EXPECT_TRUE(world.wait_until([&] { return driver.started != NetworkDriver::kNever; }, 400000));
        body(all);
        vmbus_core_disconnect();
    });
    EXPECT_EQ(world.last_ledger.abandoned, 0u);
}

// An adapter that works, with all its queues.
inline void with_driver(const Body& body, Seed seed = Seed{1}, const Body& edit = nullptr, const AdapterOptions& adapter = {}) {
    with_host(seed, edit, [&](Scene all) {
        ASSERT_EQ(all.driver.started, 0);
        all.driver.listen();
        ASSERT_TRUE(all.world.wait_until([&] { return all.driver.state().queues == all.driver.info().queue_limit; }, 10000));
        body(all);
    }, adapter);
}

inline bool arrive(Scene all, size_t count) {
    return all.world.wait_until([&] { return all.driver.arrivals.size() >= count; });
}

inline bool works(Scene all) {
    const size_t sent = all.recorder.records.size(), had = all.driver.arrivals.size();
    if (all.driver.send(plain(300))->result != NETVSC_COPIED) return false;
    if (!all.world.wait_until([&] { return all.recorder.records.size() > sent; })) return false;
    return all.recorder.give({plain(300)}) == 1 && arrive(all, had + 1);
}

inline uint64_t faults(Scene all) { return all.driver.adapter().counters.faults; }

// The guest completes what the host has invented, which the model calls a fault.
inline bool completed(Scene all, uint64_t before) {
    return all.world.wait_until([&] { return faults(all) == before + 1; });
}

struct Expected {
    uint64_t netvsc_counters::*counter; // nullptr: none
    size_t arrivals;
};

inline void give_ranges(Scene all, const Bytes& list, const Expected& expected, const Bytes& payload = nvsp(107)) {
    const uint64_t before = faults(all), had = expected.counter ? all.driver.counter(expected.counter) : 0;
    const size_t arrivals = all.driver.arrivals.size();
    ASSERT_EQ(all.channel().write(host::kPacketTransferPages, host::kCompletionRequested, 0x77777, payload, list),
              host::RingResult::Done);
    EXPECT_TRUE(completed(all, before)) << "a packet is completed whatever it was worth";
    if (expected.counter) {
        EXPECT_EQ(all.driver.counter(expected.counter), had + 1);
    }
    EXPECT_EQ(all.driver.arrivals.size(), arrivals + expected.arrivals);
}

// Messages one after the other in the buffer, from 64 on.
inline std::vector<Range> lay(Scene all, const std::vector<Bytes>& messages, uint32_t at = 64) {
    ReceiveMemory memory(all.world.link, all.channel(), receive_pages(all.driver.options));
    EXPECT_TRUE(memory.found());
    std::vector<Range> ranges;
    for (const Bytes& message : messages) {
        memory.put(at, message);
        ranges.push_back(Range{static_cast<uint32_t>(message.size()), at});
        at += static_cast<uint32_t>(message.size());
    }
    return ranges;
}

inline void give_message(Scene all, const Bytes& message, const Expected& expected) {
    give_ranges(all, range_list(lay(all, {message})), expected);
}

const Expected kDelivered = {nullptr, 1};
const Expected kBadPacket = {&netvsc_counters::receive_bad_packet, 0};
const Expected kBadRange = {&netvsc_counters::receive_bad_range, 0};
const Expected kBadFrame = {&netvsc_counters::receive_bad_frame, 0};
const Expected kBadRow = {&netvsc_counters::receive_bad_row, 0};

} // namespace network_test

#endif
