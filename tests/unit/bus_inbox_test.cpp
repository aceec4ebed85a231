// SPDX-License-Identifier: GPL-2.0-only
// More control messages than the dispatcher keeps up with: the inbox is bounded, what it has no
// room for waits with the host, and nothing is lost.
#include "bus/world.hpp"

#include <gtest/gtest.h>

using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using testos::for_each_seed;
using testos::Seed;

namespace {

const uint32_t kInboxSlots = 128;

// Interrupts are taken meanwhile, and nothing else runs: there is one CPU, and it is pinned.
void flood(World& world, const std::function<void()>& send, uint32_t expected) {
    const uint32_t cpu = lis_os_cpu_pin();
    EXPECT_EQ(cpu, 0u);
    send();
    for (uint32_t i = 0; i < 20 * expected && world.counter("inbox_full") == 0; i++) lis_os_delay_us(50);
    EXPECT_GE(world.counter("inbox_full"), 1u);
    // One lies in the SynIC's slot, the others wait behind it.
    EXPECT_EQ(world.link.synic.queued(), expected - kInboxSlots - 1);
    lis_os_cpu_unpin();
}

// Past the bus server, so that messages come in this order; one of type 0 is counted and nothing else.
void post(World& world, uint32_t type) {
    world.link.synic.post(lis_os_cpu_vp_index(0), hyperv::kVmbusSint, type, std::vector<unsigned char>(24));
}

WorldOptions one_cpu(Seed seed) {
    WorldOptions options = seeded(seed);
    options.cpus = 1;
    return options;
}

} // namespace

TEST(BusInbox, WhatItHasNoRoomForWaitsWithTheHost) {
    for_each_seed(200, [](Seed seed) {
        World world(one_cpu(seed));
        world.link.longest_delay_ns = 0;
        world.run_connected([&] {
            flood(world, [&] {
                for (uint32_t relid = 1000; relid < 1400; relid++) world.bus.rescind_relid(relid);
            }, 400);
            EXPECT_TRUE(world.wait_until([&] { return world.counter("rescind_unknown") == 400; }));
            EXPECT_EQ(world.link.synic.queued(), 0u);
            EXPECT_EQ(world.link.synic.needless_end_of_messages(), 0u);
        });
    });
}

TEST(BusInbox, KeepsTheOrderOfOffersAcrossAFullInbox) {
    for_each_seed(50, [](Seed seed) {
        World world(one_cpu(seed));
        world.link.longest_delay_ns = 0;
        world.run_connected([&] {
            flood(world, [&] {
                for (int number = 0; number < 200; number++) world.add_echo(number);
            }, 200);
            EXPECT_TRUE(world.wait_until([&] { return world.devices.size() == 200; }, 60000));
            uint32_t last = 0;
            for (const auto& device : world.devices) {
                const uint32_t relid = lis_vmbus_channel_offer(device->channel)->relid;
                EXPECT_GT(relid, last);
                last = relid;
            }
        });
    });
}
