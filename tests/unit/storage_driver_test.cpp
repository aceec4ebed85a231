// SPDX-License-Identifier: GPL-2.0-only
// hv_storvsc's core against a host that behaves: negotiation, data, channels, sleep.
#include "storage/driver.hpp"

#include <gtest/gtest.h>

using bus_test::Bytes;
using bus_test::cdb10;
using bus_test::cdb16;
using bus_test::seeded;
using bus_test::World;
using hyperv::ScsiOpcode;
using storage_test::Command;
using storage_test::StorageDriver;
using testos::for_each_seed;
using testos::Seed;

namespace {

const uint64_t kDiskBytes = 1 << 20;

// A controller with one disk and its driver; four channels unless told otherwise.
void with_driver(Seed seed, const std::function<void(World&, StorageDriver&)>& body, uint16_t channels = 4,
                 const std::function<void(host::StorageOptions&)>& edit = nullptr) {
    World world(seeded(seed));
    host::StorageOptions options;
    options.channels = channels;
    if (edit) edit(options);
    StorageDriver driver(world, options);
    driver.options.subchannel_limit = 15;
    driver.options.ring_pages = 8;
    driver.options.kind = options.kind == host::StorageKind::Ide ? STORVSC_IDE : STORVSC_SCSI;
    driver.add_disk(0, kDiskBytes);
    world.run_connected([&] { body(world, driver); });
    EXPECT_EQ(world.last_ledger.abandoned, 0u);
}

// Of the one device that there is.
std::vector<host::Channel*> channels(World& world) {
    std::vector<host::Channel*> all;
    for (uint32_t relid = 1; relid < 32; relid++)
        if (host::Channel* const channel = world.bus.channel(relid)) all.push_back(channel);
    return all;
}

bool all_channels_open(World& world, size_t count) {
    return world.wait_until([&] {
        size_t open = 0;
        for (const host::Channel* channel : channels(world)) open += channel->is_open();
        return open == count;
    });
}

} // namespace

TEST(StorageDriver, SpeaksTheNewestVersionThatTheHostTakes) {
    for (const uint16_t version : {0x0200, 0x0402, 0x0501, 0x0600, 0x0602}) {
        with_driver(Seed{version}, [&](World& world, StorageDriver& driver) {
            ASSERT_TRUE(world.wait_until([&] { return driver.started != StorageDriver::kNever; }));
            ASSERT_EQ(driver.started, 0);
            EXPECT_EQ(driver.limits().version, version);
            EXPECT_EQ(driver.host().version(), version);
            EXPECT_EQ(driver.limits().transfer_bytes % 4096, 0u);
            EXPECT_EQ(driver.limits().subchannels, version >= 0x0501 ? 3u : 0u);
            EXPECT_TRUE(driver.works());
            EXPECT_EQ(driver.drops("payload"), 0u);
        }, 4, [&](host::StorageOptions& options) {
            for (const uint16_t each : {0x0200, 0x0402, 0x0501, 0x0600, 0x0602})
                if (each <= version) options.versions.insert(each);
        });
    }
}

TEST(StorageDriver, NoCommonVersionIsAnError) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        ASSERT_TRUE(world.wait_until([&] { return driver.started != StorageDriver::kNever; }));
        EXPECT_EQ(driver.started, -LIS_EOPNOTSUPP);
        EXPECT_FALSE(driver.host_channel().is_open());
    }, 1, [](host::StorageOptions& options) { options.versions = {0x0700}; });
}

TEST(StorageDriver, ReadsBackWhatItWrote) {
    for_each_seed(200, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
            for (uint32_t block = 0; block < 5; block++) EXPECT_TRUE(driver.works(block * 100));
            EXPECT_EQ(storvsc_outstanding(driver.core()), 0u);
        });
    });
}

TEST(StorageDriver, LargestTransferInOneCommand) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
        const uint32_t bytes = driver.limits().transfer_bytes;
        ASSERT_GE(bytes, 65536u);
        const auto read = driver.run(cdb16(ScsiOpcode::Read16, 0, bytes / 512), STORVSC_FROM_DEVICE, bytes, 0, 512);
        EXPECT_TRUE(read->good());
        EXPECT_EQ(driver.queue(cdb16(ScsiOpcode::Read16, 0, bytes / 512 + 1), STORVSC_FROM_DEVICE, bytes + 512)->queued, -LIS_EINVAL);
    }, 1, [](host::StorageOptions& options) { options.max_transfer_bytes = 0x40FFF; });
}

// Around the shim's batches of 32, with and without a first run, and as little of the first page as there can be.
TEST(StorageDriver, EveryListOfPagesReachesTheHost) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
        uint32_t longest = 0;
        for (const uint32_t offset : {0u, 512u, 3584u})
            for (const uint32_t pages : {1u, 2u, 31u, 32u, 33u, 34u, 64u, 65u, 66u})
                for (const uint32_t limit : {0u, 1u, 32u, ~0u}) {
                    const uint32_t bytes = pages * 4096 - offset;
                    Bytes data(bytes);
                    for (size_t i = 0; i < bytes; i++) data[i] = static_cast<unsigned char>(i / 512 * 3 + i + pages + limit);
                    driver.first_run_limit = limit;
                    driver.sorted_pages = true;
                    const auto write = driver.make(cdb10(ScsiOpcode::Write10, 0, bytes / 512), STORVSC_TO_DEVICE, bytes, 0, offset);
                    longest = std::max(longest, write->core.first_run);
                    write->put(data);
                    driver.queue(*write, false);
                    ASSERT_TRUE(write->queued == 0 && driver.wait(*write) && write->good());
                    driver.sorted_pages = false;
                    const auto read = driver.run(cdb10(ScsiOpcode::Read10, 0, bytes / 512), STORVSC_FROM_DEVICE, bytes, 0, offset);
                    ASSERT_TRUE(read->good() && read->get(bytes) == data) << offset << ' ' << pages << ' ' << limit;
                }
        EXPECT_GE(longest, 3u) << "runs";
    }, 1, [](host::StorageOptions& options) { options.max_transfer_bytes = 1 << 20; });
}

TEST(StorageDriver, LongerFirstRunThanTheDataIsCut) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
        const auto read = driver.make(cdb10(ScsiOpcode::Read10, 0, 1), STORVSC_FROM_DEVICE, 512, 0, 0);
        read->core.first_run = 1000;
        driver.queue(*read, false);
        EXPECT_TRUE(driver.wait(*read) && read->good());
        EXPECT_TRUE(driver.works());
    });
}

TEST(StorageDriver, BadCommandsAreRefusedHere) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
        const auto refused = [&](const std::function<void(storvsc_command&)>& edit) {
            const auto command = driver.make(cdb10(ScsiOpcode::Read10, 0, 1), STORVSC_FROM_DEVICE, 512, 0, 0);
            edit(command->core);
            driver.queue(*command, false);
            return command->queued == -LIS_EINVAL;
        };
        EXPECT_TRUE(refused([](storvsc_command& core) { core.cdb_bytes = 17; }));
        EXPECT_TRUE(refused([](storvsc_command& core) { core.data_offset = 4096; }));
        EXPECT_TRUE(refused([](storvsc_command& core) { core.direction = STORVSC_NO_DATA; }));
        EXPECT_TRUE(refused([](storvsc_command& core) { core.direction = 3; }));
        EXPECT_TRUE(refused([](storvsc_command& core) { core.data_bytes = 0; }));
        EXPECT_TRUE(driver.works());
    });
}

TEST(StorageDriver, SubchannelsShareTheWork) {
    for_each_seed(200, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            ASSERT_TRUE(all_channels_open(world, 4));
            std::vector<std::shared_ptr<Command>> commands;
            for (uint32_t i = 0; i < 60; i++) {
                commands.push_back(driver.queue(cdb10(ScsiOpcode::Read10, i, 8), STORVSC_FROM_DEVICE, 4096));
                lis_os_sleep_ms(0);
            }
            for (const auto& command : commands) {
                if (command->queued == 0) EXPECT_TRUE(driver.wait(*command) && command->good());
                else EXPECT_EQ(command->queued, -LIS_EAGAIN);
            }
            uint32_t used = 0;
            for (const host::Channel* channel : channels(world)) used += channel->signals_from_guest() > 0;
            EXPECT_GE(used, 2u);
        });
    });
}

TEST(StorageDriver, SubchannelsGoAndComeUnderCommands) {
    uint32_t given_back = 0;
    for_each_seed(100, [&](Seed seed) {
        with_driver(seed, [&](World& world, StorageDriver& driver) {
            for (const uint16_t count : {1, 4, 2, 4}) {
                ASSERT_TRUE(all_channels_open(world, 4));
                std::vector<std::shared_ptr<Command>> commands;
                for (uint32_t i = 0; i < 20; i++) {
                    if (i == 10) {
                        ASSERT_TRUE(driver.host().set_channels(count));
                    }
                    commands.push_back(driver.queue(cdb10(ScsiOpcode::Read10, i, 8), STORVSC_FROM_DEVICE, 4096));
                    lis_os_sleep_ms(0);
                }
                for (const auto& command : commands) {
                    if (command->queued == -LIS_EAGAIN) continue;
                    ASSERT_TRUE(driver.wait(*command));
                    EXPECT_EQ(command->completions, 1u);
                    if (command->good()) continue;
                    EXPECT_EQ(command->verdict.outcome, uint32_t{STORVSC_REQUEUE});
                    given_back++;
                }
                EXPECT_TRUE(all_channels_open(world, count));
                EXPECT_TRUE(world.wait_until([&] { return driver.works(); }));
                ASSERT_TRUE(driver.host().set_channels(4));
            }
            EXPECT_EQ(storvsc_outstanding(driver.core()), 0u);
        });
    });
    EXPECT_GT(given_back, 100u) << "the sub-channels go too early or too late";
}

TEST(StorageDriver, FullRingIsFollowedByTheNextAndThenByAnError) {
    for_each_seed(50, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            ASSERT_TRUE(all_channels_open(world, 2));
            const auto disk = driver.host().units().find(driver.host().address_of(0));
            disk->behaviour.never_answers = true;
            std::vector<std::shared_ptr<Command>> commands;
            const uint32_t bytes = 65536;
            for (;;) {
                commands.push_back(driver.queue(cdb10(ScsiOpcode::Read10, 0, bytes / 512), STORVSC_FROM_DEVICE, bytes, 0, 0, true));
                if (commands.back()->queued != 0) break;
            }
            EXPECT_EQ(commands.back()->queued, -LIS_EAGAIN);
            commands.pop_back();
            EXPECT_EQ(storvsc_outstanding(driver.core()), commands.size());
            EXPECT_EQ(commands.size(), 2 * driver.limits().queue_depth) << "what each of the tables holds";
            storvsc_commit(driver.core());
            lis_os_sleep_ms(10);
            disk->behaviour.never_answers = false;
            driver.host().behaviour_changed(*disk);
            for (const auto& command : commands) EXPECT_TRUE(driver.wait(*command) && command->good());
            EXPECT_TRUE(driver.works());
        }, 2);
    });
}

TEST(StorageDriver, BatchCostsOneSignal) {
    for_each_seed(100, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
            const uint64_t before = driver.host_channel().signals_from_guest();
            std::vector<std::shared_ptr<Command>> commands;
            for (uint32_t i = 0; i < 16; i++)
                commands.push_back(driver.queue(cdb10(ScsiOpcode::Read10, i, 1), STORVSC_FROM_DEVICE, 512, 0, 0, true));
            EXPECT_EQ(driver.host_channel().signals_from_guest(), before);
            for (const auto& command : commands) EXPECT_EQ(command->completions, 0u);
            storvsc_commit(driver.core());
            storvsc_commit(driver.core());
            for (const auto& command : commands) EXPECT_TRUE(driver.wait(*command) && command->good());
            EXPECT_EQ(driver.host_channel().signals_from_guest(), before + 1);
        }, 1);
    });
}

TEST(StorageDriver, LastOfABatchShowsAllOfItWhereverTheRestIs) {
    for_each_seed(200, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            ASSERT_TRUE(all_channels_open(world, 4));
            std::vector<std::shared_ptr<Command>> commands;
            for (uint32_t i = 0; i < 12; i++) {
                lis_os_sleep_ms(0); // and perhaps on another CPU
                commands.push_back(driver.queue(cdb10(ScsiOpcode::Read10, i, 1), STORVSC_FROM_DEVICE, 512, 0, 0, i < 11));
            }
            for (const auto& command : commands) EXPECT_TRUE(driver.wait(*command) && command->good());
        });
    });
}

TEST(StorageDriver, UnitsThatComeAndGoAreTold) {
    for_each_seed(100, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
            driver.add_disk(3, kDiskBytes);
            EXPECT_TRUE(world.wait_until([&] { return driver.unit_changes == 1; }));
            EXPECT_TRUE(world.wait_until([&] { return driver.run({0, 0, 0, 0, 0, 0}, STORVSC_NO_DATA, 0, 3)->good(); }));
            EXPECT_TRUE(driver.works(0, 3));
            EXPECT_TRUE(driver.host().remove_unit(driver.host().address_of(3)));
            EXPECT_TRUE(world.wait_until([&] { return driver.unit_changes == 2; }));
            const auto gone = driver.run(cdb10(ScsiOpcode::Read10, 0, 1), STORVSC_FROM_DEVICE, 512, 3);
            EXPECT_EQ(gone->verdict.outcome, uint32_t{STORVSC_NO_CONNECT});
            EXPECT_EQ(gone->verdict.action, uint32_t{STORVSC_REMOVE_UNIT});
        });
    });
}

TEST(StorageDriver, CapacityChangeAsksForARescanAndTheCommandAgain) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
        const auto disk = std::static_pointer_cast<host::DiskUnit>(driver.host().units().units().begin()->second);
        EXPECT_TRUE(driver.works());
        ASSERT_TRUE(disk->resize(2 * kDiskBytes));
        const auto read = driver.run(cdb10(ScsiOpcode::Read10, 0, 1), STORVSC_FROM_DEVICE, 512);
        EXPECT_EQ(read->verdict.outcome, uint32_t{STORVSC_REQUEUE});
        EXPECT_EQ(read->verdict.action, uint32_t{STORVSC_RESCAN_UNIT});
        EXPECT_TRUE(driver.works(2048));
    });
}

TEST(StorageDriver, ResetBringsBackWhatADiskKeeps) {
    for_each_seed(100, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            ASSERT_TRUE(all_channels_open(world, 4));
            driver.host().units().find(driver.host().address_of(0))->behaviour.never_answers = true;
            std::vector<std::shared_ptr<Command>> commands;
            for (uint32_t i = 0; i < 5; i++) commands.push_back(driver.queue(cdb10(ScsiOpcode::Read10, 0, 1), STORVSC_FROM_DEVICE, 512));
            EXPECT_EQ(storvsc_reset(driver.core()), 0);
            for (const auto& command : commands) {
                EXPECT_EQ(command->completions, 1u);
                EXPECT_EQ(command->verdict.outcome, uint32_t{STORVSC_FAILED});
            }
        });
    });
}

TEST(StorageDriver, SleepsAndWorksOn) {
    for_each_seed(100, [](Seed seed) {
        with_driver(seed, [](World& world, StorageDriver& driver) {
            ASSERT_TRUE(all_channels_open(world, 3));
            EXPECT_TRUE(driver.works());
            driver.suspend();
            EXPECT_FALSE(driver.host_channel().is_open());
            EXPECT_EQ(driver.queue(cdb10(ScsiOpcode::Read10, 0, 1), STORVSC_FROM_DEVICE, 512)->queued, -LIS_EAGAIN);
            ASSERT_EQ(driver.resume(), 0);
            ASSERT_TRUE(all_channels_open(world, 3));
            EXPECT_TRUE(world.wait_until([&] { return driver.works(); }));
        }, 3);
    });
}

TEST(StorageDriver, IdeDiskIsWhereItsInstanceSays) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
        EXPECT_EQ(driver.limits().ide_target, 1);
    }, 1, [](host::StorageOptions& options) {
        options.kind = host::StorageKind::Ide;
        options.ide_target = 1;
    });
}

TEST(StorageDriver, OldHostsAreSparedWhatTheyChokeOn) {
    with_driver(Seed{1}, [](World& world, StorageDriver& driver) {
        ASSERT_TRUE(world.wait_until([&] { return driver.bound(); }));
        EXPECT_EQ(driver.queue(cdb10(ScsiOpcode::WriteSame10, 0, 1), STORVSC_TO_DEVICE, 512)->queued, -LIS_EOPNOTSUPP);
        EXPECT_EQ(driver.queue(cdb16(ScsiOpcode::WriteSame16, 0, 1), STORVSC_TO_DEVICE, 512)->queued, -LIS_EOPNOTSUPP);
        EXPECT_TRUE(driver.works());
    }, 1, [](host::StorageOptions& options) { options.versions = {0x0501}; });
}
