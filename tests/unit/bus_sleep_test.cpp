// SPDX-License-Identifier: GPL-2.0-only
// Suspend and resume, the end of a connection, and the crash path (protocol.md 2.8).
#include "bus/echo_client.hpp"

#include <gtest/gtest.h>

using bus_test::Device;
using bus_test::EchoClient;
using bus_test::Events;
using bus_test::open_parameters;
using bus_test::seeded;
using bus_test::World;
using bus_test::WorldOptions;
using hyperv::MessageType;
using testos::for_each_seed;
using testos::Seed;

TEST(BusSleep, DevicesComeBackUnderOtherRelids) {
    for_each_seed(500, [](Seed seed) {
        WorldOptions options = seeded(seed, 4);
        options.host.new_relids_on_reset = true;
        World world(options);
        world.run_connected([&] {
            EchoClient client(world.devices[2]->channel);
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(3));
            client.close();
            EXPECT_EQ(vmbus_core_suspend(), 0);
            EXPECT_EQ(world.bus.version(), 0u);
            EXPECT_EQ(vmbus_core_resume(), 0);
            ASSERT_EQ(world.devices.size(), 4u) << "no device left";
            for (uint32_t i = 0; i < 4; i++) {
                const uint32_t relid = lis_vmbus_channel_offer(world.devices[i]->channel)->relid;
                EXPECT_EQ(relid, 5 + i);
                ASSERT_EQ(world.devices[i]->reoffers.size(), 1u);
                EXPECT_EQ(world.devices[i]->reoffers[0].first, 1 + i);
                EXPECT_EQ(world.devices[i]->reoffers[0].second, relid);
                EXPECT_EQ(lis_vmbus_channel_offer(world.devices[i]->channel)->connection_id,
                          world.bus.channel(relid)->connection_id());
            }
            ASSERT_EQ(client.open(), 0);
            EXPECT_TRUE(client.exchange(3));
            client.close();
        });
        EXPECT_EQ(world.adds, 4u);
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
}

TEST(BusSleep, SameRelidsWorkToo) {
    for_each_seed(200, [](Seed seed) {
        World world(seeded(seed, 3));
        world.run_connected([&] {
            for (int round = 0; round < 3; round++) {
                EXPECT_EQ(vmbus_core_suspend(), 0);
                EXPECT_EQ(vmbus_core_resume(), 0);
                EXPECT_EQ(world.devices.size(), 3u);
            }
        });
        EXPECT_EQ(world.adds, 3u);
    });
}

TEST(BusSleep, ResumesWithTheSameVersionOrNotAtAll) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            EXPECT_EQ(vmbus_core_suspend(), 0);
            world.bus.options.versions = {hyperv::kVersionIron}; // the host was replaced by an older one
            EXPECT_EQ(vmbus_core_resume(), -LIS_ECONNREFUSED);
            EXPECT_EQ(world.bus.requested_versions(),
                      (std::vector<uint32_t>{hyperv::kVersionCopper, hyperv::kVersionCopper}));
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.removes, 1u);
    });
}

TEST(BusSleep, DeviceThatDoesNotComeBackLeaves) {
    for_each_seed(300, [](Seed seed) {
        WorldOptions options = seeded(seed, 3);
        options.host.new_relids_on_reset = seed.value % 2;
        World world(options);
        world.run_connected([&] {
            EXPECT_EQ(vmbus_core_suspend(), 0);
            world.bus.remove_channel(*world.bus.channel(options.host.new_relids_on_reset ? 5 : 2));
            const uint64_t before = lis_os_now_ns();
            EXPECT_EQ(vmbus_core_resume(), 0);
            EXPECT_LT(lis_os_now_ns() - before, 12 * 1000000000ull);
            EXPECT_TRUE(world.wait_until([&] { return world.devices.size() == 2; }));
            EXPECT_EQ(world.bus.received(MessageType::RelidReleased), 0u) << "the host does not know it";
            // And the next sleep works.
            EXPECT_EQ(vmbus_core_suspend(), 0);
            EXPECT_EQ(vmbus_core_resume(), 0);
            EXPECT_EQ(world.devices.size(), 2u);
        });
    });
}

TEST(BusSleep, NewDeviceAfterResumeAppears) {
    for_each_seed(300, [](Seed seed) {
        WorldOptions options = seeded(seed, 2);
        options.host.new_relids_on_reset = seed.value % 2;
        World world(options);
        world.run_connected([&] {
            EXPECT_EQ(vmbus_core_suspend(), 0);
            world.add_echo();
            EXPECT_EQ(vmbus_core_resume(), 0);
            EXPECT_TRUE(world.wait_until([&] { return world.devices.size() == 3; }));
        });
    });
}

TEST(BusSleep, SubchannelsAreForgottenAndOfferedAnew) {
    for_each_seed(300, [](Seed seed) {
        WorldOptions options = seeded(seed, 1);
        options.host.new_relids_on_reset = true;
        World world(options);
        world.run_connected([&] {
            world.bus.add_subchannel(*world.bus.channel(1), 1);
            EXPECT_TRUE(world.wait_until([&] { return world.subchannel_adds == 1; }));
            EXPECT_EQ(vmbus_core_suspend(), 0);
            EXPECT_EQ(world.subchannel_removes, 1u);
            EXPECT_EQ(vmbus_core_resume(), 0);
            EXPECT_TRUE(world.wait_until([&] { return world.subchannel_adds == 2; }));
        });
        EXPECT_EQ(world.subchannel_removes, 2u);
    });
}

TEST(BusSleep, DriverSuspendsAndResumesAroundIt) {
    for_each_seed(300, [](Seed seed) {
        WorldOptions options = seeded(seed, 2);
        options.host.new_relids_on_reset = true;
        World world(options);
        std::map<Device*, std::unique_ptr<EchoClient>> clients;
        world.on_add = [&](Device& device) {
            clients[&device].reset(new EchoClient(device.channel));
            EXPECT_EQ(clients[&device]->open(), 0);
        };
        world.on_remove = [&](Device& device) {
            clients[&device]->close();
            clients.erase(&device);
        };
        world.run_connected([&] {
            for (int round = 0; round < 2; round++) {
                for (auto& client : clients) EXPECT_TRUE(client.second->exchange(3));
                for (auto& client : clients) client.second->close();
                EXPECT_EQ(vmbus_core_suspend(), 0);
                EXPECT_EQ(vmbus_core_resume(), 0);
                for (auto& client : clients) EXPECT_EQ(client.second->open(), 0);
            }
            for (auto& client : clients) EXPECT_TRUE(client.second->exchange(3));
        });
    });
}

// ---- unload ----

TEST(BusUnload, SilentHostIsLeftAfterItsTime) {
    for_each_seed(50, [](Seed seed) {
        World world(seeded(seed, 1));
        world.bus.behaviour.on(MessageType::UnloadResponse).silent = true;
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            const uint64_t before = lis_os_now_ns();
            vmbus_core_disconnect();
            EXPECT_LT(lis_os_now_ns() - before, 110 * 1000000000ull);
        });
        EXPECT_EQ(world.machine.logged("has not confirmed the unload"), 1u);
    });
}

TEST(BusUnload, HostTooOldToBeLeftKeepsItsPages) {
    for (const uint32_t version : {hyperv::kVersionWs2008, hyperv::kVersionWin7, hyperv::kVersionWin8}) {
        WorldOptions options = seeded(Seed{1}, 1);
        options.host.versions = {version};
        World world(options);
        world.run_connected([] {});
        EXPECT_EQ(world.bus.received(MessageType::Unload), 0u);
        EXPECT_EQ(world.machine.logged("too old to be left"), 1u);
    }
}

TEST(BusUnload, WithATrafficOfOffersAndRescinds) {
    for_each_seed(500, [](Seed seed) {
        World world(seeded(seed, 3));
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            bool stop = false;
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                for (int round = 0; round < 8 && !stop; round++) {
                    world.add_echo(100 + round);
                    lis_os_delay_us(20);
                    if (host::Channel* const channel = world.bus.channel(2)) world.bus.remove_channel(*channel);
                }
            });
            lis_os_delay_us(1 + world.machine.scheduler.random.below(100));
            vmbus_core_disconnect();
            stop = true;
            world.machine.scheduler.join(host);
        });
        EXPECT_EQ(world.adds, world.removes);
    });
}

TEST(BusUnload, SuccessorThatIsLetInAtTheLastMomentLeavesToo) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            for (uint32_t relid = 2; relid <= 4; relid++) {
                world.bus.remove_channel(*world.bus.channel(relid - 1));
                world.bus.add_device(std::make_shared<host::EchoDevice>(World::describe(0)), relid);
            }
            lis_os_delay_us(world.machine.scheduler.random.below(150));
            vmbus_core_disconnect();
            EXPECT_TRUE(world.devices.empty());
        });
    });
}

TEST(BusUnload, DeviceThatWaitsBehindAnElderOfItsNameIsForgotten) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            host::OfferDescription other = World::describe(0);
            other.class_id.bytes[0] ^= 1; // the same instance, another class
            world.bus.add_device(std::make_shared<host::EchoDevice>(other));
            if (seed.value % 2) lis_os_sleep_ms(1);
        });
        EXPECT_EQ(world.adds, 1u);
    });
}

// ---- crash ----

TEST(BusCrash, UnloadsWithoutLocksWhereverTheOthersStopped) {
    for_each_seed(1000, [](Seed seed) {
        World world(seeded(seed, 2));
        world.expect_violations(); // what was going on meanwhile meets a host that was left
        world.link.synic.lenient = true;
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            testos::Task* const busy = world.machine.scheduler.spawn("busy", [&] {
                for (int round = 0; round < 3; round++) {
                    Events events;
                    const lis_vmbus_open how = open_parameters(&events);
                    if (lis_vmbus_channel_open(world.devices[0]->channel, &how) == 0)
                        lis_vmbus_channel_close(world.devices[0]->channel);
                }
            });
            lis_os_delay_us(1 + world.machine.scheduler.random.below(200));
            const uint64_t before = world.machine.scheduler.now();
            world.machine.crash([&] {
                vmbus_core_crash_unload();
                // The next kernel finds free slots.
                for (uint32_t cpu = 0; cpu < 3; cpu++)
                    EXPECT_EQ(world.link.synic.slot(lis_os_cpu_vp_index(cpu), hyperv::kVmbusSint)->type, 0u);
            });
            EXPECT_LT(world.machine.scheduler.now() - before, 2000000000ull);
            EXPECT_EQ(world.bus.received(MessageType::Unload), 1u);
            EXPECT_EQ(world.bus.version(), 0u);
            // A real machine ends here; this one is only tidied up.
            testos::Frames::pool().forget_holds();
            world.machine.scheduler.join(busy);
            vmbus_core_disconnect();
        });
    });
}

TEST(BusCrash, AnswerIsFoundOnAnyCpu) {
    for (uint32_t cpu = 0; cpu < 3; cpu++) {
        World world(seeded(Seed{cpu + 1}, 1));
        world.expect_violations();
        world.bus.behaviour.on(MessageType::UnloadResponse).silent = true;
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            const uint64_t before = world.machine.scheduler.now();
            world.machine.crash([&] {
                world.link.after(3000000000, [&world, cpu] {
                    std::vector<unsigned char> response(8);
                    response[0] = static_cast<unsigned char>(MessageType::UnloadResponse);
                    world.link.synic.post(cpu * 7, hyperv::kVmbusSint, 1, response);
                });
                vmbus_core_crash_unload();
            });
            const uint64_t took = world.machine.scheduler.now() - before;
            EXPECT_GE(took, 2900000000ull);
            EXPECT_LT(took, 4000000000ull);
            vmbus_core_disconnect();
        });
    }
}

// Where the answer belongs lies a message that nobody took before the CPU stopped. That CPU writes no EOM
// any more, so the slot must be free before the host wants it.
TEST(BusCrash, MessageLeftOnAStoppedCpuDoesNotHoldTheAnswerUp) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            const uint64_t before = world.machine.scheduler.now();
            world.machine.crash([&] {
                world.link.synic.post(lis_os_cpu_vp_index(0), hyperv::kVmbusSint, hyperv::kSynicMessageChannel,
                                      std::vector<unsigned char>(8));
                vmbus_core_crash_unload();
            });
            EXPECT_LT(world.machine.scheduler.now() - before, 1000000000ull);
            EXPECT_EQ(world.bus.version(), 0u);
            vmbus_core_disconnect();
        });
    });
}

// Kexec, and kdump without panic notifiers: the others run, and only they can write EOM for what is queued
// for them, the answer last.
TEST(BusCrash, CpusThatRunTakeTheirMessages) {
    for_each_seed(300, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            // Not on the CPU that the answer comes to.
            while (lis_os_cpu_pin() == 0) {
                lis_os_cpu_unpin();
                lis_os_sleep_ms(1);
            }
            world.machine.set_handler(bus_test::kVector, vmbus_core_crash_interrupt);
            world.bus.behaviour.on(MessageType::UnloadResponse).delay_ns = 100000000;
            world.link.after(50000000, [&world] {
                for (int i = 0; i < 5; i++)
                    world.link.synic.post(0, hyperv::kVmbusSint, hyperv::kSynicMessageChannel,
                                          std::vector<unsigned char>(8));
            });
            const uint64_t before = world.machine.scheduler.now();
            vmbus_core_crash_unload();
            lis_os_cpu_unpin();
            EXPECT_LT(world.machine.scheduler.now() - before, 1000000000ull);
            EXPECT_EQ(world.bus.version(), 0u);
            vmbus_core_disconnect();
        });
    });
}

TEST(BusCrash, SilentHostIsWaitedForAHundredSeconds) {
    World world(seeded(Seed{1}, 1));
    world.bus.behaviour.on(MessageType::UnloadResponse).silent = true;
    world.run([&] {
        EXPECT_EQ(vmbus_core_connect(), 0);
        const uint64_t before = world.machine.scheduler.now();
        world.machine.crash([] { vmbus_core_crash_unload(); });
        const uint64_t took = world.machine.scheduler.now() - before;
        EXPECT_GE(took, 99 * 1000000000ull);
        EXPECT_LT(took, 110 * 1000000000ull);
        EXPECT_GE(world.machine.logged("waiting for the host"), 10u);
        vmbus_core_disconnect();
    });
}

TEST(BusCrash, UnloadIsTriedAgainWhileTheHostThrottles) {
    for (const uint32_t status : {0x0Bu, 0x13u, 0x12u, 0x78u}) {
        World world(seeded(Seed{1}, 1));
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            world.link.post_statuses.assign(9, status);
            world.machine.crash([] { vmbus_core_crash_unload(); });
            EXPECT_EQ(world.bus.received(MessageType::Unload), 1u) << status;
            EXPECT_EQ(world.bus.version(), 0u);
            vmbus_core_disconnect();
        });
    }
}

// A panic must come to its end: a host that takes no message is not waited for.
TEST(BusCrash, UnloadThatTheHostDoesNotTakeIsGivenUp) {
    const struct {
        uint32_t status;
        size_t attempts;
    } cases[] = {{0x05, 1}, {0x13, 10}};
    for (const auto& each : cases) {
        World world(seeded(Seed{1}, 1));
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            world.link.post_statuses.assign(20, each.status);
            const uint64_t before = world.machine.scheduler.now();
            world.machine.crash([] { vmbus_core_crash_unload(); });
            EXPECT_LT(world.machine.scheduler.now() - before, 1000000000ull);
            EXPECT_EQ(20 - world.link.post_statuses.size(), each.attempts) << each.status;
            EXPECT_EQ(world.bus.received(MessageType::Unload), 0u);
            world.link.post_statuses.clear();
            testos::Frames::pool().forget_holds(); // a real machine ends here
            vmbus_core_disconnect();
        });
    }
}

TEST(BusCrash, NothingIsSentWithoutAConnection) {
    World world(seeded(Seed{1}, 1));
    world.run([&] {
        world.machine.crash([] { vmbus_core_crash_unload(); });
        EXPECT_EQ(world.bus.posts(), 0u);
    });
}

TEST(BusSleep, WithoutAConnectionEveryDeviceLeaves) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 3));
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            EXPECT_EQ(vmbus_core_suspend(), 0);
            world.bus.options.versions = {hyperv::kVersionIron};
            EXPECT_EQ(vmbus_core_resume(), -LIS_ECONNREFUSED);
            EXPECT_TRUE(world.wait_until([&] { return world.devices.empty(); })) << "drivers must learn of it";
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.removes, 3u);
    });
}

TEST(BusSleep, OpenThatWasAbandonedBeforeIsPossibleAgain) {
    for_each_seed(100, [](Seed seed) {
        World world(seeded(seed, 1));
        world.run_connected([&] {
            lis_vmbus_channel* const channel = world.devices[0]->channel;
            Events events;
            const lis_vmbus_open how = open_parameters(&events);
            world.bus.behaviour.on(MessageType::OpenChannelResult).silent = true;
            EXPECT_EQ(lis_vmbus_channel_open(channel, &how), -LIS_ETIMEDOUT);
            EXPECT_EQ(lis_vmbus_channel_open(channel, &how), -LIS_EBUSY);
            world.bus.behaviour.forget_all();
            EXPECT_EQ(vmbus_core_suspend(), 0);
            EXPECT_EQ(vmbus_core_resume(), 0);
            EXPECT_EQ(lis_vmbus_channel_open(channel, &how), 0);
            lis_vmbus_channel_close(channel);
        });
    });
}
