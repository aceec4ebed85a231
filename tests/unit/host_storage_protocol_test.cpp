// SPDX-License-Identifier: GPL-2.0-only
// The storage controller's own protocol (protocol.md chapter 5): order, versions, packets
// that contradict themselves, sub-channels, reset, and units that come and go.
#include "bus/storage_guest.hpp"

#include <gtest/gtest.h>

using bus_test::Bytes;
using bus_test::cdb10;
using bus_test::inquiry;
using bus_test::StorageAnswer;
using bus_test::StorageGuest;
using bus_test::StorageRange;
using bus_test::with_disk;
using bus_test::with_storage;
using bus_test::World;
using host::DiskOptions;
using host::DiskUnit;
using host::StorageDevice;
using host::StorageKind;
using host::StorageOptions;
using hyperv::PacketType;
using hyperv::ScsiOpcode;
using hyperv::SenseKey;
using hyperv::SrbDirection;
using hyperv::SrbStatus;
using hyperv::StorageOperation;
using hyperv::StoragePacket;
using testos::for_each_seed;
using testos::Seed;

namespace {

const uint64_t kDiskBytes = 1 << 20;
const Bytes kTestUnitReady = {0, 0, 0, 0, 0, 0};

std::shared_ptr<DiskUnit> make_disk(uint64_t bytes = kDiskBytes) {
    return std::make_shared<DiskUnit>(host::make_memory_backend(bytes), DiskOptions());
}

DiskUnit& disk_of(StorageDevice& device) { return static_cast<DiskUnit&>(*device.units().find({})); }

} // namespace

TEST(StorageProtocol, NothingWorksOutOfOrder) {
    with_storage(StorageOptions(), Seed{1}, [](World&, StorageDevice& device, StorageGuest& guest) {
        for (const StorageOperation early : {StorageOperation::EndInitialization, StorageOperation::QueryProperties,
                                             StorageOperation::QueryProtocolVersion, StorageOperation::ExecuteSrb,
                                             StorageOperation::CreateSubChannels, StorageOperation::ResetBus})
            EXPECT_EQ(guest.ask(early), hyperv::kNtInvalidDeviceState);
        EXPECT_EQ(guest.ask(StorageOperation::BeginInitialization), 0u);
        EXPECT_EQ(guest.ask(StorageOperation::BeginInitialization), hyperv::kNtInvalidDeviceState);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProperties), hyperv::kNtInvalidDeviceState);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProtocolVersion, 0x0603), hyperv::kNtRevisionMismatch);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProtocolVersion, 0x0600), 0u);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProtocolVersion, 0x0600), hyperv::kNtInvalidDeviceState);
        EXPECT_EQ(guest.ask(StorageOperation::EndInitialization), hyperv::kNtInvalidDeviceState);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProperties), 0u);
        EXPECT_EQ(guest.ask(StorageOperation::FibreChannelData), hyperv::kNtInvalidDeviceState);
        EXPECT_EQ(guest.ask(StorageOperation::EndInitialization), 0u);
        EXPECT_EQ(guest.ask(static_cast<StorageOperation>(99)), hyperv::kNtInvalidDeviceState);
        EXPECT_TRUE(device.ready());
        EXPECT_EQ(device.version(), hyperv::kStorageVersion6_0);
    });
}

TEST(StorageProtocol, EveryVersionStarts) {
    for (const uint16_t version : {0x0200, 0x0402, 0x0501, 0x0600, 0x0602}) {
        StorageOptions options;
        options.versions = {version};
        options.channels = 3;
        with_storage(options, Seed{version}, [version](World&, StorageDevice& device, StorageGuest& guest) {
            device.add_unit({}, make_disk());
            EXPECT_TRUE(guest.start(version)) << std::hex << version;
            EXPECT_EQ(device.version(), version);
            StoragePacket packet = StorageGuest::srb(kTestUnitReady, SrbDirection::None, 0);
            if (version < hyperv::kStorageVersion5_1) packet.srb.length.set(hyperv::kSrbOldBytes);
            const size_t bytes = version < hyperv::kStorageVersion5_1 ? 48 : 64;
            guest.send(packet, {}, bytes);
            const StorageAnswer answer = guest.receive();
            EXPECT_TRUE(answer.good());
            EXPECT_EQ(answer.bytes, bytes);
        });
    }
}

TEST(StorageProtocol, AVersionThatIsRefusedLeavesRoomForTheNext) {
    StorageOptions options;
    options.versions = {hyperv::kStorageVersion6_0};
    with_storage(options, Seed{1}, [](World&, StorageDevice& device, StorageGuest& guest) {
        EXPECT_EQ(guest.ask(StorageOperation::BeginInitialization), 0u);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProtocolVersion, 0x0602), hyperv::kNtRevisionMismatch);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProtocolVersion, 0x0600), 0u);
        EXPECT_EQ(device.version(), 0x0600);
    });
}

TEST(StorageProtocol, PropertiesSayWhatTheControllerCan) {
    StorageOptions options;
    options.channels = 4;
    with_storage(options, Seed{1}, [](World&, StorageDevice&, StorageGuest& guest) {
        EXPECT_EQ(guest.ask(StorageOperation::BeginInitialization), 0u);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProtocolVersion, 0x0602), 0u);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProperties), 0u);
        EXPECT_EQ(guest.last.properties.max_subchannels.get(), 3);
        EXPECT_EQ(guest.last.properties.flags.get(), hyperv::kStorageMultiChannel);
        EXPECT_EQ(guest.last.properties.max_transfer_bytes.get(), 0x40000u);
    });
}

TEST(StorageProtocol, FibreChannelHasNames) {
    StorageOptions options;
    options.kind = StorageKind::FibreChannel;
    options.fibre_port = 0x0102030405060708;
    with_storage(options, Seed{1}, [](World&, StorageDevice&, StorageGuest& guest) {
        EXPECT_EQ(guest.ask(StorageOperation::BeginInitialization), 0u);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProtocolVersion, 0x0602), 0u);
        EXPECT_EQ(guest.ask(StorageOperation::QueryProperties), 0u);
        EXPECT_EQ(guest.ask(StorageOperation::FibreChannelData), 0u);
        EXPECT_EQ(guest.last.names.primary_active, 1);
        EXPECT_EQ(guest.last.names.primary_port[0], 1);
        EXPECT_EQ(guest.last.names.primary_port[7], 8);
    });
}

TEST(StorageProtocol, AnIdeDiskIsFoundWhereItsOfferSays) {
    StorageOptions options;
    options.kind = StorageKind::Ide;
    options.ide_path = 1;
    options.ide_target = 1;
    with_storage(options, Seed{1}, [](World& world, StorageDevice& device, StorageGuest& guest) {
        device.add_unit(device.address_of(0), make_disk());
        const lis_vmbus_offer* const offer = lis_vmbus_channel_offer(world.device(1)->channel);
        EXPECT_EQ(offer->instance.bytes[4], 1);
        EXPECT_EQ(offer->instance.bytes[5], 0);
        ASSERT_TRUE(guest.start());
        StoragePacket packet = StorageGuest::srb(kTestUnitReady, SrbDirection::None, 0);
        packet.srb.target = 1; // guests leave the path at 0
        guest.send(packet, {});
        EXPECT_TRUE(guest.receive().good());
        packet.srb.target = 0;
        guest.send(packet, {});
        EXPECT_EQ(guest.receive().srb_status(), SrbStatus::InvalidLun);
    });
}

TEST(StorageProtocol, ShortPacketsAreAnsweredAndCounted) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice& device, StorageGuest& guest) {
        const Bytes whole(64, 0);
        guest.send(PacketType::InBand, {}, Bytes(8, 3));
        EXPECT_EQ(guest.receive().status(), hyperv::kNtInvalidParameter);
        StoragePacket packet = StorageGuest::srb(kTestUnitReady, SrbDirection::None, 0);
        for (const size_t bytes : {16u, 24u, 40u, 48u, 56u}) { // an SRB of 52 bytes does not fit
            guest.send(packet, {}, bytes);
            const StorageAnswer answer = guest.receive();
            EXPECT_EQ(answer.bytes, bytes);
            EXPECT_EQ(answer.status(), hyperv::kNtInvalidDeviceRequest);
            EXPECT_EQ(answer.srb_status(), SrbStatus::BadSrbLength);
        }
        packet.srb.length.set(40);
        guest.send(packet, {});
        EXPECT_EQ(guest.receive().srb_status(), SrbStatus::BadSrbLength);
        guest.send(PacketType::TransferPages, Bytes(8, 0), whole); // no packet of a guest
        host::Counters counters;
        EXPECT_TRUE(guest.scsi(kTestUnitReady).good());
        device.count(counters);
        EXPECT_EQ(counters["malformed"], 8u);
    });
}

TEST(StorageProtocol, NothingIsAnsweredThatWantsNoAnswer) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice&, StorageGuest& guest) {
        const StoragePacket packet = StorageGuest::srb(kTestUnitReady, SrbDirection::None, 0);
        const unsigned char* const start = reinterpret_cast<const unsigned char*>(&packet);
        guest.send(PacketType::InBand, {}, Bytes(start, start + sizeof packet), false);
        EXPECT_FALSE(guest.receive(5).arrived);
        EXPECT_TRUE(guest.scsi(kTestUnitReady).good());
    });
}

TEST(StorageProtocol, RangesThatContradictThemselvesTouchNothing) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice&, StorageGuest& guest) {
        const Bytes read = cdb10(ScsiOpcode::Read10, 0, 8);
        const StorageRange good = guest.range(4096);
        const auto refused = [&](const std::vector<StorageRange>& ranges, uint32_t bytes) {
            guest.put(0, Bytes(4096, 0xEE));
            guest.send(StorageGuest::srb(read, SrbDirection::FromDevice, bytes), ranges);
            const StorageAnswer answer = guest.receive();
            return answer.srb_status() == SrbStatus::InvalidRequest && answer.srb().data_bytes.get() == 0 &&
                   guest.get(0, 4096) == Bytes(4096, 0xEE);
        };
        StorageRange range = good;
        range.frames[0] = 0xFFFFFFFFFFFFF;
        EXPECT_TRUE(refused({range}, 4096)) << "past the memory";
        range.frames[0] = UINT64_MAX;
        EXPECT_TRUE(refused({range}, 4096)) << "past the address space";
        range = good;
        range.frames.clear();
        EXPECT_TRUE(refused({range}, 4096)) << "no page";
        range = good;
        range.offset = 8;
        EXPECT_TRUE(refused({range}, 4096)) << "needs a second page";
        range.offset = 4096;
        EXPECT_TRUE(refused({range}, 4096)) << "starts behind its page";
        range = good;
        range.bytes = 0;
        EXPECT_TRUE(refused({range}, 0)) << "empty";
        EXPECT_TRUE(refused({good, good}, 8192)) << "two ranges";
        EXPECT_TRUE(refused({good}, 4095)) << "another length than the SRB";
        EXPECT_TRUE(refused({}, 4096)) << "a length without a range";
        EXPECT_TRUE(refused({guest.range(0x41000)}, 0x41000)) << "more than the controller transfers";
        guest.send(StorageGuest::srb(read, SrbDirection::None, 4096), {good});
        EXPECT_EQ(guest.receive().srb_status(), SrbStatus::InvalidRequest) << "data without a direction";
        guest.send(StorageGuest::srb(Bytes(4, 0x28), SrbDirection::FromDevice, 4096), {good});
        EXPECT_EQ(guest.receive().srb_status(), SrbStatus::InvalidRequest) << "a CDB that is too short";
        StoragePacket packet = StorageGuest::srb(read, SrbDirection::FromDevice, 4096);
        packet.srb.cdb_bytes = 17;
        guest.send(packet, {good});
        EXPECT_EQ(guest.receive().srb_status(), SrbStatus::InvalidRequest) << "a CDB that is too long";
        EXPECT_TRUE(guest.in(read, 4096).good());
    });
}

TEST(StorageProtocol, AnExtensionThatEndsTooSoonIsRefused) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice&, StorageGuest& guest) {
        const StoragePacket packet = StorageGuest::srb(cdb10(ScsiOpcode::Read10, 0, 8), SrbDirection::FromDevice, 4096);
        const unsigned char* const start = reinterpret_cast<const unsigned char*>(&packet);
        const Bytes payload(start, start + sizeof packet);
        for (const Bytes& extension : {Bytes(), Bytes{0, 0, 0, 0, 0, 0, 0, 0}, Bytes{0, 0, 0, 0, 1, 0, 0, 0},
                                       Bytes{0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF}}) {
            guest.send(PacketType::GpaDirect, extension, payload);
            EXPECT_EQ(guest.receive().srb_status(), SrbStatus::InvalidRequest) << extension.size();
        }
    });
}

TEST(StorageProtocol, SubChannelsCarryRequestsAndGoWithTheirPrimary) {
    StorageOptions options;
    options.channels = 4;
    for_each_seed(50, [&](Seed seed) {
        World world(bus_test::seeded(seed));
        const auto device = std::make_shared<StorageDevice>(world.link, world.bus, options);
        device->add_unit({}, make_disk());
        world.bus.add_device(device);
        std::vector<lis_vmbus_channel*> channels;
        world.run_connected([&] {
            lis_vmbus_channel* const primary = world.device(1)->channel;
            lis_vmbus_channel_on_subchannel(
                primary,
                [](void* context, lis_vmbus_channel* channel) {
                    lis_vmbus_channel_get(channel);
                    static_cast<std::vector<lis_vmbus_channel*>*>(context)->push_back(channel);
                },
                &channels);
            {
                StorageGuest guest(primary);
                EXPECT_TRUE(guest.start());
                EXPECT_EQ(guest.ask(StorageOperation::CreateSubChannels, 4), hyperv::kNtInvalidParameter);
                EXPECT_EQ(guest.ask(StorageOperation::CreateSubChannels, 3), 0u);
                ASSERT_TRUE(world.wait_until([&] { return channels.size() == 3; }));
                EXPECT_EQ(guest.ask(StorageOperation::CreateSubChannels, 3), 0u) << "asked again, nothing new";
                std::vector<std::unique_ptr<StorageGuest>> others;
                for (lis_vmbus_channel* const channel : channels) others.emplace_back(new StorageGuest(channel));
                for (auto& other : others) {
                    EXPECT_TRUE(other->scsi(kTestUnitReady).good());
                    EXPECT_EQ(other->ask(StorageOperation::BeginInitialization), hyperv::kNtInvalidDeviceState);
                }
                EXPECT_EQ(channels.size(), 3u);
            }
            EXPECT_TRUE(world.wait_until([&] { return world.subchannel_removes == 3; }));
            lis_vmbus_channel_on_subchannel(primary, nullptr, nullptr);
            for (lis_vmbus_channel* const channel : channels) lis_vmbus_channel_put(channel);
            EXPECT_FALSE(device->ready());
        });
    });
}

TEST(StorageProtocol, TheNumberOfChannelsIsWithinTheOptions) {
    StorageOptions options;
    options.channels = 4;
    with_storage(options, Seed{1}, [](World&, StorageDevice& device, StorageGuest& guest) {
        EXPECT_FALSE(device.set_channels(2)) << "nobody has started it";
        ASSERT_TRUE(guest.start());
        EXPECT_FALSE(device.set_channels(0));
        EXPECT_FALSE(device.set_channels(5));
        EXPECT_TRUE(device.set_channels(1));
    });
}

TEST(StorageProtocol, ANewUnitIsAnnouncedOnce) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice& device, StorageGuest& guest) {
        EXPECT_TRUE(guest.scsi(kTestUnitReady).good());
        EXPECT_EQ(guest.scsi(kTestUnitReady, SrbDirection::None, 0, 3).srb_status(), SrbStatus::InvalidLun);
        EXPECT_TRUE(device.add_unit({0, 0, 3}, make_disk()));
        EXPECT_FALSE(device.add_unit({0, 0, 3}, make_disk()));
        const StorageAnswer notice = guest.receive();
        EXPECT_EQ(notice.packet.operation.get(), static_cast<uint32_t>(StorageOperation::EnumerateBus));
        EXPECT_EQ(notice.transaction_id, 0u);
        EXPECT_EQ(notice.type, PacketType::InBand);
        EXPECT_TRUE(guest.scsi(kTestUnitReady).failed(SenseKey::UnitAttention, hyperv::kAscReportedLunsChanged));
        EXPECT_TRUE(guest.scsi(kTestUnitReady).good());
        EXPECT_TRUE(guest.scsi(kTestUnitReady, SrbDirection::None, 0, 3).good());
        EXPECT_TRUE(device.remove_unit({0, 0, 3}));
        EXPECT_FALSE(device.remove_unit({0, 0, 3}));
        EXPECT_EQ(guest.receive().packet.operation.get(), static_cast<uint32_t>(StorageOperation::EnumerateBus));
        const StorageAnswer gone = guest.scsi(kTestUnitReady, SrbDirection::None, 0, 3);
        EXPECT_EQ(gone.srb_status(), SrbStatus::InvalidLun);
        EXPECT_EQ(gone.status(), hyperv::kNtDeviceDoesNotExist);
    });
}

TEST(StorageProtocol, NothingIsAnnouncedBeforeTheGuestIsReady) {
    with_storage(StorageOptions(), Seed{1}, [](World&, StorageDevice& device, StorageGuest& guest) {
        device.add_unit({}, make_disk());
        device.add_unit({0, 0, 1}, make_disk());
        ASSERT_TRUE(guest.start());
        EXPECT_TRUE(guest.scsi(kTestUnitReady).good());
        EXPECT_FALSE(guest.receive(5).arrived);
    });
}

TEST(StorageProtocol, ReportLunsNamesAllUnitsOfTheTarget) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice& device, StorageGuest& guest) {
        device.add_unit({0, 0, 63}, make_disk());
        device.add_unit({0, 1, 5}, make_disk());
        guest.receive();
        guest.receive();
        const Bytes report = {0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 64, 0, 0};
        const StorageAnswer answer = guest.in(report, 64);
        EXPECT_TRUE(answer.good());
        EXPECT_EQ(answer.srb().data_bytes.get(), 24u);
        EXPECT_EQ(guest.get(0, 24), (Bytes{0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 0, 0, 0}));
        EXPECT_TRUE(guest.in({0xA0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0}, 64).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
        // A place without a unit has an INQUIRY that says so, and REPORT LUNS.
        EXPECT_TRUE(guest.in(inquiry(36), 36, 7).good());
        EXPECT_EQ(guest.get(0, 1)[0], hyperv::kTypeNotPresent);
        EXPECT_TRUE(guest.in(report, 64, 7).good());
    });
}

TEST(StorageProtocol, ASlowUnitAnswersLaterAndAnotherAtOnce) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice& device, StorageGuest& guest) {
        device.add_unit({0, 0, 1}, make_disk());
        guest.receive();
        EXPECT_FALSE(guest.scsi(kTestUnitReady).good()) << "the unit attention";
        disk_of(device).behaviour.delay_ns = 20000000;
        const uint64_t start = lis_os_now_ns();
        const Bytes read = cdb10(ScsiOpcode::Read10, 0, 8);
        const uint64_t slow = guest.send(StorageGuest::srb(read, SrbDirection::FromDevice, 4096), {guest.range(4096)});
        EXPECT_TRUE(guest.in(read, 4096, 1).good());
        EXPECT_LT(lis_os_now_ns() - start, 10000000u);
        const StorageAnswer answer = guest.receive();
        EXPECT_TRUE(answer.good());
        EXPECT_EQ(answer.transaction_id, slow);
        EXPECT_GE(lis_os_now_ns() - start, 20000000u);
    });
}

TEST(StorageProtocol, AUnitThatNeverAnswersDoesWhenItIsTold) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice& device, StorageGuest& guest) {
        disk_of(device).behaviour.never_answers = true;
        guest.send(StorageGuest::srb(cdb10(ScsiOpcode::Read10, 0, 8), SrbDirection::FromDevice, 4096), {guest.range(4096)});
        EXPECT_FALSE(guest.receive(1000).arrived);
        EXPECT_TRUE(guest.scsi(kTestUnitReady).good()) << "what does not touch the medium";
        host::Counters before, after;
        device.count(before);
        EXPECT_EQ(before["waiting"], 1u);
        EXPECT_EQ(before["received"], before["answered"] + 1);
        disk_of(device).behaviour.never_answers = false;
        device.behaviour_changed(disk_of(device));
        EXPECT_TRUE(guest.receive().good());
        EXPECT_FALSE(guest.receive(5).arrived);
        device.count(after);
        EXPECT_EQ(after["waiting"], 0u);
        EXPECT_EQ(after["answered"], after["received"]);
        EXPECT_EQ(after["received"], before["received"]);
    });
}

TEST(StorageProtocol, AResetGivesBackWhatWaitsAndThenAnswers) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice& device, StorageGuest& guest) {
        disk_of(device).behaviour.never_answers = true;
        const uint64_t lost = guest.send(StorageGuest::srb(cdb10(ScsiOpcode::Read10, 0, 8), SrbDirection::FromDevice, 4096),
                                         {guest.range(4096)});
        StoragePacket packet = {};
        packet.operation.set(static_cast<uint32_t>(StorageOperation::ResetBus));
        const uint64_t reset = guest.send(packet, {});
        const StorageAnswer first = guest.receive();
        EXPECT_EQ(first.transaction_id, lost);
        EXPECT_EQ(first.srb_status(), SrbStatus::BusReset);
        const StorageAnswer second = guest.receive();
        EXPECT_EQ(second.transaction_id, reset);
        EXPECT_EQ(second.status(), 0u);
        EXPECT_TRUE(guest.scsi(kTestUnitReady).failed(SenseKey::UnitAttention, hyperv::kAscBusReset));
    });
}

TEST(StorageProtocol, RequestsThatWaitForAUnitThatGoesAreAnswered) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice& device, StorageGuest& guest) {
        disk_of(device).behaviour.never_answers = true;
        guest.send(StorageGuest::srb(cdb10(ScsiOpcode::Read10, 0, 8), SrbDirection::FromDevice, 4096), {guest.range(4096)});
        EXPECT_FALSE(guest.receive(5).arrived);
        device.remove_unit({});
        EXPECT_EQ(guest.receive().srb_status(), SrbStatus::InvalidLun);
    });
}

TEST(StorageProtocol, ACloseForgetsWhatWaits) {
    World world(bus_test::seeded(Seed{1}));
    const auto device = std::make_shared<StorageDevice>(world.link, world.bus, StorageOptions());
    const auto disk = make_disk();
    device->add_unit({}, disk);
    world.bus.add_device(device);
    world.run_connected([&] {
        for (int i = 0; i < 3; i++) {
            disk->behaviour.delay_ns = 50000000;
            StorageGuest guest(world.device(1)->channel);
            ASSERT_TRUE(guest.start());
            guest.send(StorageGuest::srb(cdb10(ScsiOpcode::Read10, 0, 8), SrbDirection::FromDevice, 4096), {guest.range(4096)});
            EXPECT_FALSE(guest.receive(5).arrived) << "nor of the life before";
        }
        lis_os_sleep_ms(100);
        host::Counters counters;
        device->count(counters);
        EXPECT_EQ(counters["lost"], 3u);
        EXPECT_EQ(counters["received"], counters["answered"] + 3);
    });
}

TEST(StorageProtocol, AGuestThatDoesNotReadGetsAllAnswersInTheEnd) {
    with_disk(kDiskBytes, DiskOptions(), [](World&, StorageDevice&, StorageGuest& guest) {
        // 12 KiB of answers' ring hold some 139 of 88 bytes; requests have as much room and are taken meanwhile.
        const uint64_t count = 300;
        uint64_t sent = 0;
        const StoragePacket packet = StorageGuest::srb(kTestUnitReady, SrbDirection::None, 0);
        for (; sent < 130; sent++) guest.send(packet, {});
        lis_os_sleep_ms(10);
        for (; sent < 250; sent++) guest.send(packet, {});
        lis_os_sleep_ms(10);
        for (uint64_t id = 5, taken = 0; taken < count; taken++) {
            const StorageAnswer answer = guest.receive();
            ASSERT_TRUE(answer.good()) << taken;
            EXPECT_EQ(answer.transaction_id, id++);
            if (sent < count) {
                guest.send(packet, {});
                sent++;
            }
        }
        EXPECT_FALSE(guest.receive(5).arrived);
    });
}
