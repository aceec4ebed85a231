// SPDX-License-Identifier: GPL-2.0-only
// hv_storvsc's core against a host that lies, is silent, or takes the controller away:
// each command completes exactly once, or was never taken.
#include "storage/driver.hpp"

#include <hyperv/ring.h>

#include <gtest/gtest.h>

using bus_test::Bytes;
using bus_test::cdb10;
using bus_test::seeded;
using bus_test::World;
using hyperv::ScsiOpcode;
using storage_test::Command;
using storage_test::StorageDriver;
using testos::for_each_seed;
using testos::Seed;

namespace {

typedef std::vector<std::shared_ptr<Command>> Commands;

const uint64_t kDiskBytes = 1 << 20;

// Says nothing, from that question on.
class SilentDevice : public host::StorageDevice {
public:
    using host::StorageDevice::StorageDevice;
    uint32_t answers = 0;
    bool opens = true;
    uint32_t on_open(host::Channel& channel) override {
        return opens ? host::StorageDevice::on_open(channel) : host::kOpenRefused;
    }
    void on_signal(host::Channel& channel) override {
        if (answers == 0) return;
        answers--;
        host::StorageDevice::on_signal(channel);
    }
};

host::StorageOptions four_channels() {
    host::StorageOptions options;
    options.channels = 4;
    return options;
}

void with_driver(Seed seed, const std::function<void(World&, StorageDriver&)>& body, const host::StorageOptions& options = {}) {
    World world(seeded(seed));
    StorageDriver driver(world, options);
    driver.options.subchannel_limit = 3;
    driver.options.ring_pages = 8;
    driver.add_disk(0, kDiskBytes);
    world.run_connected([&] {
        ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
        ASSERT_TRUE(world.wait_until([&] { return !driver.limits().subchannels || world.bus.channel(driver.limits().subchannels + 1); }));
        body(world, driver);
    });
    EXPECT_EQ(world.last_ledger.abandoned, 0u);
}

// A driver that works, on a host that can fall silent.
void with_silent_host(Seed seed, const std::function<void(World&, StorageDriver&, SilentDevice&)>& body) {
    World world(seeded(seed));
    const auto device = std::make_shared<SilentDevice>(world.link, world.bus, host::StorageOptions());
    device->answers = 1000;
    StorageDriver driver(world, device);
    driver.add_disk(0, kDiskBytes);
    world.run_connected([&] {
        ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
        body(world, driver, *device);
    });
    EXPECT_EQ(world.last_ledger.abandoned, 0u);
}

Commands queue_reads(StorageDriver& driver, uint32_t count) {
    Commands commands;
    for (uint32_t i = 0; i < count; i++)
        commands.push_back(driver.queue(cdb10(ScsiOpcode::Read10, i * 8, 8), STORVSC_FROM_DEVICE, 4096));
    return commands;
}

void expect_once(World& world, const Commands& commands) {
    for (const auto& command : commands) {
        if (command->queued == 0) {
            EXPECT_TRUE(world.wait_until([&] { return command->completions != 0; }, 10000));
        }
        EXPECT_EQ(command->completions, command->queued == 0 ? 1u : 0u) << command->queued;
    }
}

// The ids that outstanding requests of a young queue can have.
std::vector<uint64_t> guesses() {
    std::vector<uint64_t> ids;
    for (uint64_t generation = 0; generation < 12; generation++)
        for (uint64_t slot = 1; slot <= 40; slot++) ids.push_back((generation << 2 | 2) << 32 | slot);
    return ids;
}

// Completes the one request that the disk keeps with a packet of the test's.
void complete(World& world, StorageDriver& driver, const Command& command, const Bytes& packet) {
    for (const uint64_t id : guesses()) {
        ASSERT_TRUE(world.wait_until([&] {
            return driver.host_channel().write(host::kPacketCompletion, 0, id, packet) == host::RingResult::Done;
        }));
        if (world.wait_until([&] { return command.completions != 0; }, 1)) return;
    }
    FAIL() << "the request was not found";
}

Bytes answer(uint32_t operation, const std::function<void(hyperv::Srb&)>& edit, size_t bytes = 64) {
    hyperv::StoragePacket packet = {};
    packet.operation.set(operation);
    packet.srb.srb_status = 1;
    packet.srb.data_bytes.set(4096);
    if (edit) edit(packet.srb);
    const unsigned char* const start = reinterpret_cast<const unsigned char*>(&packet);
    Bytes all(start, start + sizeof packet);
    all.resize(bytes, 0xA5);
    return all;
}

std::shared_ptr<Command> answered_with(World& world, StorageDriver& driver, const Bytes& packet) {
    driver.disk().behaviour.never_answers = true;
    const Commands commands = queue_reads(driver, 1);
    EXPECT_EQ(commands[0]->queued, 0);
    lis_os_sleep_ms(5);
    complete(world, driver, *commands[0], packet);
    driver.disk().behaviour.never_answers = false;
    driver.host().behaviour_changed(driver.disk()); // answers what was answered
    lis_os_sleep_ms(5);
    EXPECT_EQ(commands[0]->completions, 1u);
    return commands[0];
}

} // namespace

TEST(StorageHostile, InventedAndReplayedCompletionsAreDropped) {
    for_each_seed(50, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            EXPECT_TRUE(driver.works());
            const uint64_t before = driver.drops("transaction");
            uint64_t sent = 0;
            for (const uint64_t id : {uint64_t{0}, uint64_t{2} << 32 | 1, ~uint64_t{0}, uint64_t{6} << 32 | 5000})
                sent += driver.host_channel().write(host::kPacketCompletion, 0, id, answer(1, nullptr)) == host::RingResult::Done;
            EXPECT_TRUE(world.wait_until([&] { return driver.drops("transaction") == before + sent; }));
            EXPECT_TRUE(driver.works());
        });
    });
}

TEST(StorageHostile, GuessedIdFindsNoCommandThatIsStillBeingWritten) {
    for_each_seed(200, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            EXPECT_TRUE(driver.works());
            driver.first_run_limit = 0;
            driver.on_frames = [&](Command& command) {
                for (const uint64_t id : guesses())
                    static_cast<void>(driver.host_channel().write(host::kPacketCompletion, 0, id, answer(1, nullptr)));
                for (int wait = 0; wait < 20; wait++) lis_os_delay_us(5);
                EXPECT_EQ(command.completions, 0u) << "its pages are still being read";
            };
            const Commands commands = queue_reads(driver, 1);
            driver.on_frames = nullptr;
            expect_once(world, commands);
        });
    });
}

TEST(StorageHostile, ResetThatIsNotAnsweredGivesTheControllerUp) {
    for_each_seed(30, [](Seed seed) {
        with_silent_host(seed, [](World&, StorageDriver& driver, SilentDevice& device) {
            device.answers = 0;
            const Commands commands = queue_reads(driver, 3);
            EXPECT_EQ(storvsc_reset(driver.core()), -LIS_ETIMEDOUT);
            for (const auto& command : commands) {
                EXPECT_EQ(command->completions, 1u) << "the SCSI layer takes its memory back now";
                EXPECT_EQ(command->verdict.outcome, uint32_t{STORVSC_NO_CONNECT});
            }
            EXPECT_EQ(queue_reads(driver, 1)[0]->queued, -LIS_ENODEV);
        });
    });
}

TEST(StorageHostile, ResetEndsWhenTheControllerIsStopped) {
    for_each_seed(100, [](Seed seed) {
        with_silent_host(seed, [](World& world, StorageDriver& driver, SilentDevice& device) {
            device.answers = 0;
            int32_t result = 0;
            testos::Task* const resetter = world.machine.scheduler.spawn("reset", [&] { result = storvsc_reset(driver.core()); });
            for (uint32_t wait = world.machine.scheduler.random.below(300); wait > 0; wait--) lis_os_delay_us(1);
            const uint64_t before = lis_os_now_ns();
            driver.suspend();
            world.machine.scheduler.join(resetter);
            EXPECT_NE(result, 0);
            EXPECT_LT(lis_os_now_ns() - before, 10000000000ull) << "not its whole time";
        });
    });
}

TEST(StorageHostile, ControllerThatDoesNotComeBackFromSleepFailsCommands) {
    for_each_seed(50, [](Seed seed) {
        with_silent_host(seed, [](World&, StorageDriver& driver, SilentDevice& device) {
            driver.suspend();
            EXPECT_EQ(queue_reads(driver, 1)[0]->queued, -LIS_EAGAIN) << "it sleeps";
            device.opens = false;
            EXPECT_EQ(driver.resume(), -LIS_ECONNREFUSED);
            EXPECT_EQ(queue_reads(driver, 1)[0]->queued, -LIS_ENODEV);
        });
    });
}

TEST(StorageHostile, LongAndShortAnswersThatSayEnoughAreTaken) {
    for (const size_t bytes : {48, 52, 64, 72, 512}) {
        with_driver(Seed{1}, [&](World& world, StorageDriver& driver) {
            const auto command = answered_with(world, driver, answer(1, nullptr, bytes));
            EXPECT_TRUE(command->good()) << bytes;
            EXPECT_EQ(driver.drops("payload"), 0u);
        });
    }
}

TEST(StorageHostile, AnswersThatAreNoneFailTheirCommand) {
    const Bytes bad[] = {answer(1, nullptr, 40), answer(1, nullptr, 8), answer(3, nullptr), answer(11, nullptr),
                         answer(0xFFFFFFFF, nullptr), Bytes()};
    for (const Bytes& packet : bad) {
        with_driver(Seed{1}, [&](World& world, StorageDriver& driver) {
            const auto command = answered_with(world, driver, packet);
            EXPECT_EQ(command->verdict.outcome, uint32_t{STORVSC_FAILED});
            EXPECT_EQ(command->verdict.residual, 4096u);
            EXPECT_EQ(driver.drops("payload"), 1u);
            EXPECT_TRUE(driver.works());
        });
    }
}

TEST(StorageHostile, SenseAndLengthsBeyondTheEnd) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        const auto command = answered_with(world, driver, answer(1, [](hyperv::Srb& srb) {
            srb.srb_status = 0x84;
            srb.scsi_status = 2;
            srb.sense_bytes = 255;
            srb.data_bytes.set(0xFFFFFFFF);
        }));
        EXPECT_EQ(command->sense.size(), size_t{STORVSC_SENSE_LIMIT});
        EXPECT_EQ(command->verdict.residual, 4096u);
    });
}

TEST(StorageHostile, PacketsOfOtherKindsAreDropped) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        host::Channel& channel = driver.host_channel();
        EXPECT_EQ(channel.write(host::kPacketInBand, 0, 0, {1, 2}), host::RingResult::Done);
        EXPECT_EQ(channel.write(host::kPacketInBand, 0, 0, answer(1, nullptr)), host::RingResult::Done);
        EXPECT_EQ(channel.write(host::kPacketInBand, 0, 0, answer(77, nullptr)), host::RingResult::Done);
        EXPECT_EQ(channel.write(host::kPacketInBand, 0, 0, answer(14, nullptr)), host::RingResult::Done);
        EXPECT_EQ(channel.write(host::kPacketGpaDirect, 0, 0, answer(1, nullptr)), host::RingResult::Done);
        EXPECT_EQ(channel.write(0x7777, 0, 0, answer(1, nullptr)), host::RingResult::Done);
        EXPECT_TRUE(world.wait_until([&] { return driver.drops("packet_type") == 2; }));
        EXPECT_EQ(driver.drops("payload"), 2u + 1u) << "and the first one is padded to 8 bytes";
        EXPECT_TRUE(driver.works());
    });
}

TEST(StorageHostile, SilenceEndsTheStart) {
    for (uint32_t answers = 0; answers < 4; answers++) {
        World world(seeded(Seed{answers + 1}));
        const auto device = std::make_shared<SilentDevice>(world.link, world.bus, host::StorageOptions());
        device->answers = answers;
        StorageDriver driver(world, device);
        world.run([&] {
            EXPECT_EQ(vmbus_core_connect(), 0);
            ASSERT_TRUE(world.wait_until([&] { return driver.started != StorageDriver::kNever; }, 400000));
            EXPECT_EQ(driver.started, -LIS_ETIMEDOUT);
            EXPECT_FALSE(driver.host_channel().is_open());
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    }
}

TEST(StorageHostile, RescindInTheSilenceEndsItAtOnce) {
    for_each_seed(50, [](Seed seed) {
        World world(seeded(seed));
        const auto device = std::make_shared<SilentDevice>(world.link, world.bus, host::StorageOptions());
        device->answers = static_cast<uint32_t>(seed.value % 4);
        StorageDriver driver(world, device);
        world.run([&] {
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                while (!world.bus.offers_requested()) lis_os_delay_us(10);
                lis_os_sleep_ms(20);
                world.bus.remove_channel(driver.host_channel());
            });
            EXPECT_EQ(vmbus_core_connect(), 0);
            world.machine.scheduler.join(host);
            ASSERT_TRUE(world.wait_until([&] { return driver.started != StorageDriver::kNever; }, 2000));
            EXPECT_EQ(driver.started, -LIS_ENODEV);
            vmbus_core_disconnect();
        });
    });
}

TEST(StorageHostile, BrokenRingGivesTheControllerUp) {
    for_each_seed(100, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            driver.disk().behaviour.never_answers = true;
            const Commands commands = queue_reads(driver, 6);
            lis_os_sleep_ms(2);
            host::Channel& channel = driver.host_channel();
            channel.outgoing().pages.store(host::RingPages::kWriteIndex, 4);
            channel.signal_guest();
            expect_once(world, commands);
            for (const auto& command : commands) EXPECT_EQ(command->verdict.outcome, uint32_t{STORVSC_NO_CONNECT});
            EXPECT_TRUE(world.wait_until([&] { return !channel.is_open(); }));
            EXPECT_EQ(queue_reads(driver, 1)[0]->queued, -LIS_ENODEV);
            EXPECT_EQ(driver.drops("ring_index"), 1u);
        }, four_channels());
    });
}

TEST(StorageHostile, LostSubchannelHandsItsCommandsBack) {
    for_each_seed(300, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            ASSERT_TRUE(world.wait_until([&] { return world.bus.channel(4)->is_open(); }));
            driver.disk().behaviour.never_answers = true;
            Commands commands;
            testos::Task* const sender = world.machine.scheduler.spawn("sender", [&] {
                while (commands.size() < 20) commands.push_back(queue_reads(driver, 1)[0]);
            });
            for (uint32_t wait = world.machine.scheduler.random.below(100); wait > 0; wait--) lis_os_delay_us(1);
            for (const uint32_t relid : {2u, 3u, 4u}) world.bus.remove_channel(*world.bus.channel(relid));
            world.machine.scheduler.join(sender);
            lis_os_sleep_ms(20);
            driver.disk().behaviour.never_answers = false;
            driver.host().behaviour_changed(driver.disk());
            expect_once(world, commands);
            for (const auto& command : commands)
                EXPECT_TRUE(command->queued != 0 || command->good() || command->verdict.outcome == STORVSC_REQUEUE);
            EXPECT_TRUE(driver.works()) << "the first channel is left";
        }, four_channels());
    });
}

TEST(StorageHostile, RescindAtAnyMomentCompletesEachCommandOnce) {
    uint32_t lost = 0, done = 0;
    for_each_seed(600, [&](Seed seed) {
        World world(seeded(seed));
        StorageDriver driver(world, four_channels());
        driver.options.subchannel_limit = 3;
        driver.options.ring_pages = 8;
        driver.add_disk(0, kDiskBytes);
        driver.disk().behaviour.delay_ns = 20000;
        Commands commands;
        world.run([&] {
            testos::Task* const host = world.machine.scheduler.spawn("host", [&] {
                while (!world.bus.offers_requested()) lis_os_delay_us(10);
                for (uint32_t wait = world.machine.scheduler.random.below(4000); wait > 0; wait--) lis_os_delay_us(1);
                world.bus.remove_channel(driver.host_channel());
            });
            EXPECT_EQ(vmbus_core_connect(), 0);
            while (driver.started == StorageDriver::kNever) lis_os_delay_us(20);
            for (uint32_t i = 0; i < 60 && driver.bound(); i++) {
                const auto command = driver.queue(cdb10(ScsiOpcode::Read10, i, 8), STORVSC_FROM_DEVICE, 4096, 0, 0, i % 4 != 3);
                commands.push_back(command);
                if (driver.bound()) driver.commit();
                lis_os_delay_us(10);
            }
            world.machine.scheduler.join(host);
            EXPECT_TRUE(world.wait_until([&] { return world.devices.empty(); }, 200000));
            expect_once(world, commands);
            for (const auto& command : commands) {
                lost += command->queued == 0 && command->verdict.outcome == STORVSC_NO_CONNECT;
                done += command->good();
            }
            EXPECT_TRUE(world.wait_until([&] { return world.ledger().with_host == 0; }));
            commands.clear();
            vmbus_core_disconnect();
        });
        EXPECT_EQ(world.last_ledger.abandoned, 0u);
    });
    EXPECT_GT(lost, 100u) << "the rescinds come too early or too late";
    EXPECT_GT(done, 100u);
}
