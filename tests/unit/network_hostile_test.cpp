// SPDX-License-Identifier: GPL-2.0-only
// hv_netvsc's core against a host that lies, is silent, or takes the adapter away: each held
// packet comes back once, and everything ends.
#include "network/hostile_scene.hpp"

using namespace network_test;

// ---- negotiation ----

TEST(NetworkHostile, AnswersThatCannotBeLivedWithEndTheStart) {
    const struct {
        uint32_t type;
        size_t at; // of the payload
        uint32_t value;
        int32_t error;
    } lies[] = {
        {2, 0, 105, -LIS_EBADMSG}, // NvspInitComplete
        {102, 4, 2, -LIS_EIO},       {102, 0, 2, -LIS_EBADMSG},
        {102, 8, 0, -LIS_EPROTO},    {102, 8, 2, -LIS_EPROTO},   {102, 8, 0xFFFFFFFF, -LIS_EPROTO},
        {102, 12, 1728, -LIS_EPROTO}, {102, 16, 0, -LIS_EPROTO}, {102, 16, 123, -LIS_EPROTO},
        {102, 16, 0xFFFFFFFF, -LIS_EPROTO}, {102, 16, 0x80000040, -LIS_EPROTO}, {102, 20, 0, -LIS_EPROTO},
        {102, 20, 65, -LIS_EPROTO},  {102, 20, 0xFFFFFFFF, -LIS_EPROTO}, {102, 20, 0x02608098, -LIS_EPROTO},
        {105, 4, 2, -LIS_EIO},       {105, 0, 102, -LIS_EBADMSG}, {105, 8, 0, -LIS_EPROTO},
        {105, 8, 123, -LIS_EPROTO},  {105, 8, 49153, -LIS_EPROTO}, {105, 8, 0xFFFFFFFF, -LIS_EPROTO},
    };
    for (const auto& lie : lies) {
        with_host(Seed{1}, [&lie](Scene all) {
            all.editor.packet = [&lie](Bytes& bytes) {
                if (bytes[0] == host::kPacketCompletion && word_at(bytes, 16) == lie.type) set_word(bytes, 16 + lie.at, lie.value);
                return 1u;
            };
        }, [&lie](Scene all) {
            EXPECT_EQ(all.driver.started, lie.error) << lie.type << " at " << lie.at << ": " << lie.value;
            EXPECT_FALSE(all.channel().is_open());
        });
    }
}

TEST(NetworkHostile, ShortAnswersEndTheStart) {
    for (const uint32_t type : {2u, 102u, 105u}) {
        for (const size_t payload : {0u, 8u}) {
            with_host(Seed{1}, [&](Scene all) {
                all.editor.packet = [&](Bytes& bytes) {
                    if (bytes[0] != host::kPacketCompletion || word_at(bytes, 16) != type) return 1u;
                    bytes.resize(16 + payload + 8);
                    bytes[4] = static_cast<unsigned char>((16 + payload) / 8);
                    return 1u;
                };
            }, [&](Scene all) { EXPECT_EQ(all.driver.started, -LIS_EBADMSG) << type << ", " << payload; });
        }
    }
}

TEST(NetworkHostile, AnswersThatComeTwiceAreTakenOnce) {
    for_each_seed(20, [](Seed seed) {
        with_host(seed, [](Scene all) {
            all.editor.packet = [](Bytes& bytes) { return bytes[0] == host::kPacketCompletion ? 2u : 1u; };
        }, [](Scene all) {
            ASSERT_EQ(all.driver.started, 0);
            all.driver.listen();
            EXPECT_GT(all.driver.drops("transaction"), 3u);
            EXPECT_TRUE(works(all));
        });
    });
}

TEST(NetworkHostile, SilenceEndsTheStart) {
    uint32_t ended = 0;
    for (uint32_t answers = 0; answers < 13; answers++) {
        with_host(Seed{answers + 1}, [&](Scene all) { all.device.answers = answers; }, [&](Scene all) {
            if (all.driver.started == 0) return;
            ended++;
            EXPECT_EQ(all.driver.started, -LIS_ETIMEDOUT) << answers;
            EXPECT_FALSE(all.channel().is_open());
        });
    }
    EXPECT_GT(ended, 5u);
}

TEST(NetworkHostile, FramesBeforeTheBuffersAreThereAreNone) {
    for_each_seed(30, [](Seed seed) {
        bool done = false;
        with_host(seed, [&](Scene all) {
            all.world.machine.scheduler.spawn("host", [&done, all] {
                for (uint32_t sent = 0; sent < 3; lis_os_delay_us(20)) {
                    if (done) return;
                    if (all.world.bus.offers_requested() && all.channel().is_open())
                        sent += all.channel().write(host::kPacketTransferPages, 1, 9, nvsp(107), range_list({{100, 0}})) == host::RingResult::Done;
                }
            });
        }, [&](Scene all) {
            done = true;
            EXPECT_EQ(all.driver.started, 0);
            EXPECT_EQ(all.driver.arrivals.size(), 0u);
            EXPECT_GT(all.driver.counter(&netvsc_counters::receive_bad_packet), 0u);
        });
    });
}

// ---- completions ----

TEST(NetworkHostile, InventedAndReplayedCompletionsAreDropped) {
    for_each_seed(30, [](Seed seed) {
        with_driver([](Scene all) {
            EXPECT_TRUE(works(all));
            const uint64_t before = all.driver.drops("transaction");
            uint64_t sent = 0;
            for (const uint64_t id : {uint64_t{2} << 32 | 1, ~uint64_t{0}, uint64_t{6} << 32 | 5000, uint64_t{1}, uint64_t{3}})
                sent += all.channel().write(host::kPacketCompletion, 0, id, nvsp(108, {1})) == host::RingResult::Done;
            EXPECT_TRUE(all.world.wait_until([&] { return all.driver.drops("transaction") == before + sent; }));
            EXPECT_TRUE(works(all));
        }, seed);
    });
}

TEST(NetworkHostile, SendsThatComeBackTwiceAreGivenBackOnce) {
    for_each_seed(30, [](Seed seed) {
        with_driver([](Scene all) {
            const uint64_t before = all.driver.drops("transaction");
            all.editor.packet = [](Bytes& bytes) { return bytes[0] == host::kPacketCompletion ? 2u : 1u; };
            for (uint32_t i = 0; i < 4; i++) all.driver.send(plain(7000));
            EXPECT_TRUE(all.world.wait_until([&] { return all.driver.drops("transaction") == before + 4; }));
            for (const auto& packet : all.driver.packets) EXPECT_EQ(packet->sent, 1u);
        }, seed, [](Scene all) { all.driver.options.mtu = 9000; });
    });
}

TEST(NetworkHostile, HostThatCompletesNothingDoesNotHoldTheStop) {
    for_each_seed(30, [](Seed seed) {
        with_driver([](Scene all) {
            all.device.answers = 0;
            uint32_t held = 0;
            for (uint32_t i = 0; i < 12; i++) held += all.driver.send(plain(i % 2 ? 7000 : 80))->result == NETVSC_HELD;
            EXPECT_GT(held, 2u);
            const uint64_t before = lis_os_now_ns();
            all.driver.stop();
            EXPECT_LT(lis_os_now_ns() - before, 25000000000ull);
            for (const auto& packet : all.driver.packets) EXPECT_EQ(packet->sent, packet->result == NETVSC_HELD ? 1u : 0u);
            all.device.answers = SilentDevice::kAlways;
            ASSERT_EQ(all.driver.start(), 0);
            all.driver.listen();
            EXPECT_TRUE(works(all));
        }, seed);
    });
}

TEST(NetworkHostile, HostThatForgetsToSignalIsLookedAfter) {
    for_each_seed(30, [](Seed seed) {
        with_driver([](Scene all) {
            all.editor.events = false;
            uint32_t wakes = 0;
            for (uint32_t i = 0; i < 60; i++) {
                if (all.driver.send(plain(200))->result != -LIS_EAGAIN || all.driver.ready()) continue;
                ASSERT_TRUE(all.world.wait_until([&] { return all.driver.wakes > wakes; }));
                wakes = all.driver.wakes;
            }
            EXPECT_GT(wakes, 0u);
            all.editor.events = true;
        }, seed);
    });
}

// The host reads nothing, so that its ring is full of frames and no completion finds room.
TEST(NetworkHostile, CompletionsOutliveAFullRing) {
    for_each_seed(30, [](Seed seed) {
        with_driver([](Scene all) {
            const uint32_t free = all.device.free_sections();
            all.device.answers = 0;
            while (all.driver.send(plain(80))->result == NETVSC_COPIED) {}
            EXPECT_GT(all.driver.counter(&netvsc_counters::send_full) + all.driver.counter(&netvsc_counters::send_dropped), 0u);
            std::vector<Bytes> frames(1, plain(700));
            const size_t had = all.driver.arrivals.size();
            for (uint32_t i = 0; i < 40; i++) {
                all.recorder.give(frames);
                lis_os_delay_us(50);
            }
            EXPECT_TRUE(arrive(all, had + 1));
            EXPECT_TRUE(all.world.wait_until([&] { return all.driver.counter(&netvsc_counters::completion_waits) > 0; }));
            EXPECT_LT(all.device.free_sections(), free);
            all.device.answers = SilentDevice::kAlways;
            for (host::Channel* const each : all.world.bus.channels_of(all.device)) all.device.on_signal(*each);
            EXPECT_TRUE(all.world.wait_until([&] { return all.device.free_sections() >= free; })) << all.device.free_sections() << " of " << free;
        }, seed, [](Scene all) {
            all.driver.options.ring_pages = 2;
            all.driver.options.send_sections = 300;
            all.driver.options.queues = 1;
        });
    });
}

TEST(NetworkHostile, QuestionsWaitForRoomInTheRing) {
    for_each_seed(30, [](Seed seed) {
        with_driver([](Scene all) {
            all.device.answers = 0;
            while (all.driver.send(plain(80))->result == NETVSC_COPIED) {}
            testos::Task* const host = all.world.machine.scheduler.spawn("host", [all] {
                lis_os_sleep_ms(20);
                all.device.answers = SilentDevice::kAlways;
                all.device.on_signal(all.channel());
            });
            EXPECT_EQ(netvsc_set_filter(all.driver.core(), NETVSC_RECEIVE_DIRECTED), 0);
            EXPECT_EQ(all.driver.adapter().session.filter, hyperv::kFilterDirected);
            all.world.machine.scheduler.join(host);
        }, seed, [](Scene all) {
            all.driver.options.ring_pages = 2;
            all.driver.options.send_sections = 300;
            all.driver.options.queues = 1;
        });
    });
}

// ---- rings, channels and memory that go away ----

TEST(NetworkHostile, BrokenRingEndsWithTheNextStart) {
    for_each_seed(15, [](Seed seed) {
        with_driver([](Scene all) {
            for (uint32_t i = 0; i < 5; i++) all.driver.send(plain(i % 2 ? 7000 : 80));
            host::Channel& channel = all.channel();
            channel.outgoing().pages.store(host::RingPages::kWriteIndex, 4);
            channel.signal_guest();
            EXPECT_TRUE(all.world.wait_until([&] { return all.driver.state().broken != 0; }));
            EXPECT_EQ(all.driver.drops("ring_index"), 1u);
            const uint64_t before = lis_os_now_ns();
            EXPECT_NE(netvsc_set_filter(all.driver.core(), 0), 0);
            EXPECT_LT(lis_os_now_ns() - before, 5000000000ull) << "nobody would answer";
            all.driver.stop();
            for (const auto& packet : all.driver.packets) EXPECT_EQ(packet->sent, packet->result == NETVSC_HELD ? 1u : 0u);
            ASSERT_EQ(all.driver.start(), 0);
            EXPECT_EQ(all.driver.state().broken, 0u);
            all.driver.listen();
            EXPECT_TRUE(works(all));
        }, seed);
    });
}

TEST(NetworkHostile, LostSubchannelEndsWithTheNextStart) {
    for_each_seed(30, [](Seed seed) {
        with_driver([](Scene all) {
            for (uint16_t i = 0; i < 6; i++) all.driver.send(plain(7000), false, i % 4);
            all.world.bus.remove_channel(all.channel(2));
            EXPECT_TRUE(all.world.wait_until([&] { return all.driver.state().broken != 0; }));
            EXPECT_EQ(all.driver.state().lost, 0u);
            all.driver.stop();
            for (const auto& packet : all.driver.packets) EXPECT_EQ(packet->sent, packet->result == NETVSC_HELD ? 1u : 0u);
            ASSERT_EQ(all.driver.start(), 0);
            all.driver.listen();
            EXPECT_TRUE(all.world.wait_until([&] { return all.driver.state().queues == 4; }, 10000));
            EXPECT_TRUE(works(all));
        }, seed);
    });
}

TEST(NetworkHostile, SubchannelsThatNobodyAskedForAreLeftAlone) {
    for_each_seed(20, [](Seed seed) {
        with_driver([](Scene all) {
            for (const uint16_t index : {2, 4, 63, 1}) all.world.bus.add_subchannel(all.channel(), index);
            lis_os_sleep_ms(50);
            EXPECT_EQ(all.driver.state().queues, 4u);
            EXPECT_TRUE(works(all));
        }, seed);
    });
}

TEST(NetworkHostile, SubchannelThatDoesNotOpenLeavesThoseBeforeIt) {
    with_host(Seed{1}, [](Scene all) { all.device.refused = 2; }, [](Scene all) {
        ASSERT_EQ(all.driver.started, 0);
        all.driver.listen();
        EXPECT_TRUE(all.world.wait_until([&] { return all.driver.state().queues == 2; }, 10000));
        EXPECT_TRUE(works(all));
        EXPECT_EQ(all.driver.send(plain(64), false, 2)->result, -LIS_ENODEV);
    });
}

TEST(NetworkHostile, RescindAtAnyMomentGivesEachPacketBackOnce) {
    uint32_t bound = 0, held = 0;
    for_each_seed(60, [&](Seed seed) {
        World world(seeded(seed));
        world.expect_violations();
        const auto recorder = std::make_shared<Recorder>();
        const hyperv::Guid instance = {{5}};
        const auto device = std::make_shared<SilentDevice>(world.link, world.bus, instance, AdapterOptions(), recorder);
        NetworkDriver driver(world, device);
        world.run([&] {
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                while (!world.bus.offers_requested()) lis_os_delay_us(10);
                for (uint32_t wait = world.machine.scheduler.random.below(6000); wait > 0; wait--) lis_os_delay_us(1);
                world.bus.remove_channel(*world.bus.channel_of(*device));
            });
            EXPECT_EQ(vmbus_core_connect(), 0);
            while (driver.started == NetworkDriver::kNever) lis_os_delay_us(20);
            bound += driver.bound();
            for (uint32_t i = 0; i < 40 && driver.bound(); i++) {
                if (i % 15 == 14) {
                    driver.stop();
                    if (driver.bound()) static_cast<void>(driver.start());
                    continue;
                }
                held += driver.send(plain(i % 2 ? 7000 : 90), i % 4 != 3, driver.bound() ? i % 3 : 0)->result == NETVSC_HELD;
                lis_os_delay_us(10);
            }
            world.machine.scheduler.join(host);
            EXPECT_TRUE(world.wait_until([&] { return world.devices.empty(); }, 200000));
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
    EXPECT_GT(bound, 10u);
    EXPECT_GT(held, 20u);
}

TEST(NetworkHostile, AllocationsThatFailEndTheStart) {
    bool failed = true;
    uint64_t nth = 1;
    for (; failed && nth < 400; nth++) {
        with_host(Seed{1}, [](Scene all) { all.driver.options.queues = 2; }, [&](Scene all) {
            ASSERT_EQ(all.driver.started, 0);
            all.driver.stop();
            all.world.machine.fail_allocation(nth);
            const int32_t result = all.driver.start();
            EXPECT_TRUE(result == 0 || result == -LIS_ENOMEM) << nth << ": " << result;
            lis_os_sleep_ms(6000); // sub-channels too
            failed = all.world.machine.failure_was_injected();
            all.world.machine.fail_allocation(0);
            if (result == 0) all.driver.stop();
            ASSERT_EQ(all.driver.start(), 0) << nth;
            all.driver.listen();
            EXPECT_TRUE(works(all)) << nth;
        });
    }
    EXPECT_GT(nth, 20u);
    EXPECT_LT(nth, 400u);
}

TEST(NetworkHostile, BuffersThatTheHostRefusesEndTheStart) {
    for (const uint32_t refused : {2u, 3u}) { // the first is the ring's
        uint32_t gpadls = 0;
        with_host(Seed{1}, [&](Scene all) {
            all.editor.control = [&](host::Outgoing& message) {
                if (message.type != static_cast<uint32_t>(hyperv::MessageType::GpadlCreated)) return;
                if (++gpadls == refused) set_word(message.bytes, 16, 0xC0000001);
            };
        }, [&](Scene all) {
            EXPECT_NE(all.driver.started, 0);
            EXPECT_EQ(gpadls, refused);
            EXPECT_FALSE(all.channel().is_open());
        });
    }
}

// What the host indicates while its answer is under way is newer than that.
TEST(NetworkHostile, LinkThatGoesDuringTheStartIsDown) {
    uint32_t down = 0;
    for_each_seed(80, [&](Seed seed) {
        with_host(seed, [&](Scene all) {
            all.world.machine.scheduler.spawn("host", [all] {
                while (!all.driver.adapter().session.rndis_ready) lis_os_delay_us(5);
                for (uint32_t wait = all.world.machine.scheduler.random.below(60); wait > 0; wait--) lis_os_delay_us(1);
                all.device.set_link(false);
            });
        }, [&](Scene all) {
            ASSERT_EQ(all.driver.started, 0);
            ASSERT_TRUE(all.world.wait_until([&] { return !all.driver.adapter().link; }));
            lis_os_sleep_ms(5);
            EXPECT_EQ(all.driver.state().link_up, 0u);
            down++;
        });
    });
    EXPECT_EQ(down, 80u);
}
