// SPDX-License-Identifier: GPL-2.0-only
// The disk as SCSI (SBC-3, SPC-4): what it says of itself, what it moves, and the sense data of what it refuses.
#include "bus/storage_guest.hpp"

#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>
#include <unistd.h>

using bus_test::Bytes;
using bus_test::cdb10;
using bus_test::cdb16;
using bus_test::inquiry;
using bus_test::StorageAnswer;
using bus_test::StorageGuest;
using bus_test::with_disk;
using bus_test::with_storage;
using bus_test::World;
using host::DiskOptions;
using host::DiskUnit;
using host::StorageDevice;
using hyperv::ScsiOpcode;
using hyperv::SenseKey;
using hyperv::SrbDirection;

namespace {

const uint64_t kBlocks = 2048;
const uint64_t kDiskBytes = kBlocks * 512;
const Bytes kTestUnitReady = {0, 0, 0, 0, 0, 0};

Bytes pattern(size_t size, unsigned seed) {
    Bytes bytes(size);
    for (size_t i = 0; i < size; i++) bytes[i] = static_cast<unsigned char>(seed * 31 + i * 7 + i / 512);
    return bytes;
}

Bytes joined(Bytes first, const Bytes& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

void with_plain_disk(const std::function<void(StorageGuest&, DiskUnit&)>& body, const DiskOptions& options = DiskOptions()) {
    with_disk(kDiskBytes, options, [&](World&, StorageDevice& device, StorageGuest& guest) {
        body(guest, static_cast<DiskUnit&>(*device.units().find({})));
    });
}

uint32_t be(const Bytes& bytes, size_t at, size_t size) {
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) value = value << 8 | bytes[at + i];
    return value;
}

} // namespace

TEST(StorageDisk, SaysWhatItIs) {
    DiskOptions options;
    options.identity.product = "Virtual Disk";
    options.identity.serial = "S123";
    options.identity.name = 0xABCDEF;
    with_plain_disk(
        [](StorageGuest& guest, DiskUnit&) {
            EXPECT_TRUE(guest.in(inquiry(36), 36).good());
            Bytes data = guest.get(0, 36);
            EXPECT_EQ(data[0], 0);
            EXPECT_EQ(std::string(data.begin() + 8, data.end()), "Msft    Virtual Disk    1.0 ");
            EXPECT_EQ(guest.in(inquiry(255, 0x00), 255).srb().data_bytes.get(), 10u);
            EXPECT_EQ(guest.get(0, 10), (Bytes{0, 0, 0, 6, 0x00, 0x80, 0x83, 0xB0, 0xB1, 0xB2}));
            EXPECT_TRUE(guest.in(inquiry(255, 0x80), 255).good());
            EXPECT_EQ(guest.get(0, 8), (Bytes{0, 0x80, 0, 4, 'S', '1', '2', '3'}));
            EXPECT_TRUE(guest.in(inquiry(255, 0x83), 255).good());
            data = guest.get(0, 16);
            EXPECT_EQ((Bytes(data.begin() + 4, data.end())), (Bytes{1, 3, 0, 8, 0x30, 0, 0, 0, 0, 0xAB, 0xCD, 0xEF}));
            EXPECT_TRUE(guest.in(inquiry(255, 0xB0), 255).good());
            data = guest.get(0, 64);
            EXPECT_EQ(be(data, 2, 2), 60u);
            EXPECT_EQ(be(data, 20, 4), host::kMaxUnmapBlocks);
            EXPECT_EQ(be(data, 28, 4), 8u);
            EXPECT_TRUE(guest.in(inquiry(255, 0xB1), 255).good());
            EXPECT_EQ(be(guest.get(0, 64), 4, 2), 1u) << "does not rotate";
            EXPECT_TRUE(guest.in(inquiry(255, 0xB2), 255).good());
            EXPECT_EQ(guest.get(0, 8), (Bytes{0, 0xB2, 0, 4, 0, 0xE4, 2, 0}));
            EXPECT_TRUE(guest.in(inquiry(255, 0xB9), 255).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
            Bytes page_without_vital = inquiry(36);
            page_without_vital[2] = 0x80;
            EXPECT_TRUE(guest.in(page_without_vital, 36).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
            EXPECT_EQ(guest.in(inquiry(5), 36).srb().data_bytes.get(), 5u) << "cut to what was asked";
            EXPECT_EQ(guest.in(inquiry(255), 8).srb().data_bytes.get(), 8u) << "cut to what there is room for";
        },
        options);
}

TEST(StorageDisk, SaysHowLargeItIs) {
    for (const uint32_t block : {512u, 4096u}) {
        DiskOptions options;
        options.block_bytes = block;
        with_plain_disk(
            [block](StorageGuest& guest, DiskUnit&) {
                EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::ReadCapacity10, 0, 0), 8).good());
                EXPECT_EQ(be(guest.get(0, 8), 0, 4), kDiskBytes / block - 1);
                EXPECT_EQ(be(guest.get(0, 8), 4, 4), block);
                EXPECT_TRUE(guest.in(cdb16(ScsiOpcode::ServiceActionIn16, 0, 32, 0x10), 32).good());
                const Bytes data = guest.get(0, 32);
                EXPECT_EQ(be(data, 4, 4), kDiskBytes / block - 1);
                EXPECT_EQ(be(data, 8, 4), block);
                EXPECT_EQ(data[13], block == 512 ? 3 : 0) << "blocks of 4096 underneath";
                EXPECT_EQ(data[14], 0xC0) << "thin, zeros";
                EXPECT_TRUE(guest.in(cdb16(ScsiOpcode::ServiceActionIn16, 0, 32, 0x11), 32)
                                .failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
            },
            options);
    }
}

TEST(StorageDisk, ModeSenseHasPagesThatCannotBeChanged) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        EXPECT_TRUE(guest.in({0x1A, 0x08, 0x08, 0, 255, 0}, 255).good());
        Bytes data = guest.get(0, 7);
        EXPECT_EQ(data, (Bytes{23, 0, 0x10, 0, 0x08, 18, 0x04}));
        EXPECT_TRUE(guest.in({0x1A, 0, 0x08, 0, 255, 0}, 255).good());
        data = guest.get(0, 12);
        EXPECT_EQ(data[3], 8) << "a block descriptor";
        EXPECT_EQ(be(data, 4, 4), kBlocks);
        EXPECT_EQ(be(data, 8, 4), 512u);
        EXPECT_TRUE(guest.in({0x1A, 0x08, 0x48, 0, 255, 0}, 255).good());
        EXPECT_EQ(guest.get(0, 7)[6], 0) << "nothing can be changed";
        EXPECT_TRUE(guest.in({0x1A, 0x08, 0xC8, 0, 255, 0}, 255).failed(SenseKey::IllegalRequest, hyperv::kAscSavingNotSupported));
        EXPECT_TRUE(guest.in({0x1A, 0x08, 0x19, 0, 255, 0}, 255).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
        EXPECT_TRUE(guest.in({0x5A, 0x08, 0x3F, 0, 0, 0, 0, 0, 255, 0}, 255).good());
        data = guest.get(0, 10);
        EXPECT_EQ(be(data, 0, 2), 6u + 12 + 20 + 12 + 12);
        EXPECT_EQ(data[8], 0x01);
    });
}

TEST(StorageDisk, EverySizeOfReadAndWriteMeetsTheOthers) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        const Bytes data = pattern(4 * 512, 1);
        EXPECT_TRUE(guest.out({0x0A, 0, 0, 100, 4, 0}, data).good());
        const std::vector<Bytes> reads = {{0x08, 0, 0, 100, 4, 0},
                                          cdb10(ScsiOpcode::Read10, 100, 4),
                                          {0xA8, 0, 0, 0, 0, 100, 0, 0, 0, 4, 0, 0},
                                          cdb16(ScsiOpcode::Read16, 100, 4)};
        for (const Bytes& cdb : reads) {
            guest.put(0, Bytes(4 * 512, 0));
            const StorageAnswer answer = guest.in(cdb, 4 * 512);
            EXPECT_TRUE(answer.good());
            EXPECT_EQ(answer.srb().data_bytes.get(), 4 * 512u);
            EXPECT_EQ(guest.get(0, 4 * 512), data);
        }
        const std::vector<Bytes> writes = {cdb10(ScsiOpcode::Write10, 8, 4),
                                           {0xAA, 0x08, 0, 0, 0, 8, 0, 0, 0, 4, 0, 0},
                                           cdb16(ScsiOpcode::Write16, 8, 4, 0x08)};
        for (size_t i = 0; i < writes.size(); i++) {
            const Bytes other = pattern(4 * 512, static_cast<unsigned>(i) + 2);
            EXPECT_TRUE(guest.out(writes[i], other).good());
            EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 8, 4), 4 * 512).good());
            EXPECT_EQ(guest.get(0, 4 * 512), other);
        }
        // 0 is 256 blocks in the smallest command, and none in the others.
        EXPECT_EQ(guest.in({0x08, 0, 0, 0, 0, 0}, 256 * 512).srb().data_bytes.get(), 256 * 512u);
        EXPECT_EQ(guest.in(cdb10(ScsiOpcode::Read10, 0, 0), 512).srb().data_bytes.get(), 0u);
    });
}

TEST(StorageDisk, DataMayLieAnywhereInThePages) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        const Bytes data = pattern(9 * 512, 5);
        for (const uint32_t offset : {1u, 7u, 512u, 4095u, 4096u, 12289u}) {
            guest.put(offset, data);
            EXPECT_TRUE(guest.scsi(cdb10(ScsiOpcode::Write10, 16, 9), SrbDirection::ToDevice, 9 * 512, 0, offset).good());
            guest.put(offset - 1, Bytes(9 * 512 + 2, 0xEE));
            EXPECT_TRUE(guest.scsi(cdb10(ScsiOpcode::Read10, 16, 9), SrbDirection::FromDevice, 9 * 512, 0, offset).good());
            EXPECT_EQ(guest.get(offset - 1, 9 * 512 + 2), joined(joined(Bytes(1, 0xEE), data), Bytes(1, 0xEE))) << offset;
        }
    });
}

TEST(StorageDisk, TheEndOfTheDiskIsItsEnd) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        const auto beyond = [](const StorageAnswer& answer) { return answer.failed(SenseKey::IllegalRequest, hyperv::kAscLbaOutOfRange); };
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, kBlocks - 1, 1), 512).good());
        EXPECT_TRUE(beyond(guest.in(cdb10(ScsiOpcode::Read10, kBlocks, 1), 512)));
        EXPECT_TRUE(beyond(guest.in(cdb10(ScsiOpcode::Read10, kBlocks - 1, 2), 1024)));
        EXPECT_TRUE(beyond(guest.in(cdb16(ScsiOpcode::Read16, UINT64_MAX, 1), 512)));
        EXPECT_TRUE(beyond(guest.in(cdb16(ScsiOpcode::Read16, 1, UINT32_MAX), 512)));
        EXPECT_TRUE(beyond(guest.in(cdb16(ScsiOpcode::Read16, UINT64_MAX / 512 + 2, 1), 512))) << "wraps in bytes";
        EXPECT_TRUE(beyond(guest.out(cdb10(ScsiOpcode::Write10, kBlocks, 1), Bytes(512))));
        EXPECT_TRUE(beyond(guest.scsi(cdb10(ScsiOpcode::Verify10, kBlocks, 1))));
        EXPECT_TRUE(beyond(guest.scsi(cdb10(ScsiOpcode::SynchronizeCache10, kBlocks, 1))));
        EXPECT_TRUE(guest.scsi(cdb10(ScsiOpcode::SynchronizeCache10, 0, 0)).good());
        EXPECT_TRUE(guest.scsi(cdb16(ScsiOpcode::SynchronizeCache16, 0, kBlocks)).good());
        EXPECT_TRUE(beyond(guest.out(cdb10(ScsiOpcode::WriteSame10, kBlocks - 1, 2), Bytes(512))));
    });
}

TEST(StorageDisk, ABufferThatIsTooSmallOrOfTheOtherDirectionIsRefused) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        const auto refused = [](const StorageAnswer& answer) { return answer.failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb); };
        EXPECT_TRUE(refused(guest.in(cdb10(ScsiOpcode::Read10, 0, 2), 512)));
        EXPECT_TRUE(refused(guest.out(cdb10(ScsiOpcode::Read10, 0, 1), Bytes(512))));
        EXPECT_TRUE(refused(guest.scsi(cdb10(ScsiOpcode::Read10, 0, 1))));
        EXPECT_TRUE(refused(guest.out(cdb10(ScsiOpcode::Write10, 0, 2), Bytes(512))));
        EXPECT_TRUE(refused(guest.in(cdb10(ScsiOpcode::Write10, 0, 1), 512)));
        EXPECT_TRUE(refused(guest.out(inquiry(36), Bytes(36))));
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 0, 1), 4096).good()) << "larger is no harm";
    });
}

TEST(StorageDisk, UnknownCommandsAreIllegal) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        for (const unsigned char opcode : {0x04, 0x55, 0xA3, 0xC0})
            EXPECT_TRUE(guest.scsi(joined({opcode}, Bytes(15))).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidOpcode));
    });
}

TEST(StorageDisk, SenseIsCutToTheGuestsBufferAndLeftOutWhereItIsNotWanted) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        hyperv::StoragePacket packet = StorageGuest::srb(joined({0xC0}, Bytes(15)), SrbDirection::None, 0);
        packet.srb.sense_bytes = 8;
        guest.send(packet, {});
        EXPECT_EQ(guest.receive().srb().sense_bytes, 8);
        packet.srb.flags.set(hyperv::kSrbDisableAutosense);
        guest.send(packet, {});
        const StorageAnswer answer = guest.receive();
        EXPECT_EQ(answer.srb().srb_status, static_cast<uint8_t>(hyperv::SrbStatus::Error));
        EXPECT_EQ(answer.srb().scsi_status, hyperv::kScsiCheckCondition);
        EXPECT_EQ(answer.srb().sense_bytes, 0);
    });
}

TEST(StorageDisk, UnmapGivesBackWhatIsNamedAndNothingElse) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        const Bytes data = pattern(64 * 512, 3);
        const Bytes unmap = {0x42, 0, 0, 0, 0, 0, 0, 0, 40, 0};
        const auto list = [](uint16_t bytes, uint16_t descriptors, uint64_t block, uint32_t count) {
            Bytes made = {static_cast<unsigned char>(bytes >> 8), static_cast<unsigned char>(bytes),
                          static_cast<unsigned char>(descriptors >> 8), static_cast<unsigned char>(descriptors), 0, 0, 0, 0};
            for (int i = 7; i >= 0; i--) made.push_back(static_cast<unsigned char>(block >> 8 * i));
            for (int i = 3; i >= 0; i--) made.push_back(static_cast<unsigned char>(count >> 8 * i));
            made.resize(40);
            made[24 + 7] = 40; // a second one: block 40, 1 block
            made[24 + 11] = 1;
            return made;
        };
        EXPECT_TRUE(guest.out(cdb10(ScsiOpcode::Write10, 0, 64), data).good());
        EXPECT_TRUE(guest.out(unmap, list(38, 33, 8, 0xFFFF)).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInParameters));
        EXPECT_TRUE(guest.out(unmap, list(20, 32, 8, 1)).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInParameters));
        EXPECT_TRUE(guest.out(unmap, list(38, 32, 8, host::kMaxUnmapBlocks + 1)).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInParameters));
        EXPECT_TRUE(guest.out(unmap, list(38, 32, UINT64_MAX, 2)).failed(SenseKey::IllegalRequest, hyperv::kAscLbaOutOfRange));
        EXPECT_TRUE(guest.out(unmap, Bytes(8)).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb)) << "less than the CDB says";
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 0, 64), 64 * 512).good());
        EXPECT_EQ(guest.get(0, data.size()), data) << "what was refused has given nothing back";
        EXPECT_TRUE(guest.out(unmap, list(38, 32, 5, 20)).good());
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 0, 64), 64 * 512).good());
        Bytes wanted = data;
        std::fill(wanted.begin() + 5 * 512, wanted.begin() + 25 * 512, 0);
        std::fill(wanted.begin() + 40 * 512, wanted.begin() + 41 * 512, 0);
        EXPECT_EQ(guest.get(0, data.size()), wanted);
        EXPECT_TRUE(guest.scsi({0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0}).good()) << "an empty list";
    });
}

TEST(StorageDisk, WriteSameRepeatsABlock) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        const Bytes block = pattern(512, 9);
        EXPECT_TRUE(guest.out(cdb10(ScsiOpcode::WriteSame10, 3, 200), block).good());
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 2, 202), 202 * 512).good());
        EXPECT_EQ(guest.get(0, 512), Bytes(512)) << "the block before";
        EXPECT_EQ(guest.get(512, 512), block);
        EXPECT_EQ(guest.get(200 * 512, 512), block);
        EXPECT_EQ(guest.get(201 * 512, 512), Bytes(512)) << "the block behind";
        EXPECT_TRUE(guest.scsi(cdb16(ScsiOpcode::WriteSame16, 10, 100, 0x09)).good()) << "unmaps, without data";
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 9, 102), 102 * 512).good());
        EXPECT_EQ(guest.get(0, 512), block);
        EXPECT_EQ(guest.get(512, 512), Bytes(512));
        EXPECT_EQ(guest.get(101 * 512, 512), block);
        EXPECT_TRUE(guest.out(cdb16(ScsiOpcode::WriteSame16, 0, 0), block).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
        EXPECT_TRUE(guest.out(cdb16(ScsiOpcode::WriteSame16, 0, 1), Bytes(256)).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
    });
}

TEST(StorageDisk, VerifyComparesWhenItIsAsked) {
    with_plain_disk([](StorageGuest& guest, DiskUnit&) {
        Bytes data = pattern(4 * 512, 4);
        EXPECT_TRUE(guest.out(cdb10(ScsiOpcode::Write10, 0, 4), data).good());
        EXPECT_TRUE(guest.scsi(cdb10(ScsiOpcode::Verify10, 0, 4)).good());
        EXPECT_TRUE(guest.out(cdb10(ScsiOpcode::Verify10, 0, 4, 0x02), data).good());
        data[1000]++;
        EXPECT_TRUE(guest.out(cdb16(ScsiOpcode::Verify16, 0, 4, 0x02), data).failed(SenseKey::Miscompare, hyperv::kAscMiscompare));
        EXPECT_TRUE(guest.scsi(cdb10(ScsiOpcode::Verify10, 0, 4, 0x02)).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
    });
}

TEST(StorageDisk, BadBlocksFailAndSayWhich) {
    with_plain_disk([](StorageGuest& guest, DiskUnit& disk) {
        disk.behaviour.bad_block = 100;
        disk.behaviour.bad_count = 2;
        StorageAnswer answer = guest.in(cdb10(ScsiOpcode::Read10, 96, 8), 8 * 512);
        EXPECT_TRUE(answer.failed(SenseKey::MediumError, hyperv::kAscReadError));
        EXPECT_EQ(answer.sense().response_code, 0xF0);
        EXPECT_EQ(answer.sense().information.get(), 100u);
        answer = guest.out(cdb10(ScsiOpcode::Write10, 101, 8), Bytes(8 * 512));
        EXPECT_TRUE(answer.failed(SenseKey::MediumError, hyperv::kAscWriteError));
        EXPECT_EQ(answer.sense().information.get(), 101u);
        EXPECT_TRUE(guest.scsi(cdb10(ScsiOpcode::Verify10, 101, 1)).failed(SenseKey::MediumError, hyperv::kAscReadError));
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 96, 4), 4 * 512).good());
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 102, 4), 4 * 512).good());
    });
}

TEST(StorageDisk, AReadOnlyDiskIsNotWritten) {
    DiskOptions options;
    options.read_only = true;
    with_plain_disk(
        [](StorageGuest& guest, DiskUnit&) {
            const auto refused = [](const StorageAnswer& answer) { return answer.failed(SenseKey::DataProtect, hyperv::kAscWriteProtected); };
            EXPECT_TRUE(refused(guest.out(cdb10(ScsiOpcode::Write10, 0, 1), Bytes(512, 1))));
            EXPECT_TRUE(refused(guest.out(cdb10(ScsiOpcode::WriteSame10, 0, 1), Bytes(512, 1))));
            EXPECT_TRUE(refused(guest.out({0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0}, Bytes(24))));
            EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 0, 1), 512).good());
            EXPECT_EQ(guest.get(0, 512), Bytes(512));
            EXPECT_TRUE(guest.in({0x1A, 0x08, 0x3F, 0, 255, 0}, 255).good());
            EXPECT_EQ(guest.get(0, 4)[2] & 0x80, 0x80);
        },
        options);
}

TEST(StorageDisk, ANewSizeIsReportedOnceAndInForceAtOnce) {
    with_plain_disk([](StorageGuest& guest, DiskUnit& disk) {
        EXPECT_TRUE(disk.resize(2 * kDiskBytes));
        EXPECT_TRUE(guest.in(inquiry(36), 36).good()) << "INQUIRY is never disturbed";
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 0, 1), 512).failed(SenseKey::UnitAttention, hyperv::kAscCapacityChanged));
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 2 * kBlocks - 1, 1), 512).good());
        EXPECT_TRUE(disk.resize(kDiskBytes / 2));
        EXPECT_TRUE(guest.in({0x03, 0, 0, 0, 18, 0}, 18).good()) << "REQUEST SENSE takes it";
        EXPECT_EQ(guest.get(0, 18)[2], 6);
        EXPECT_EQ(be(guest.get(0, 18), 12, 2), hyperv::kAscCapacityChanged);
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, kBlocks / 2, 1), 512).failed(SenseKey::IllegalRequest, hyperv::kAscLbaOutOfRange));
        EXPECT_FALSE(disk.resize(100));
    });
}

TEST(StorageDisk, WhatComesBackAfterShrinkingIsZeros) {
    with_plain_disk([](StorageGuest& guest, DiskUnit& disk) {
        EXPECT_TRUE(guest.out(cdb10(ScsiOpcode::Write10, 0, 64), Bytes(64 * 512, 0xAA)).good());
        EXPECT_TRUE(disk.resize(10 * 512));
        EXPECT_TRUE(disk.resize(kDiskBytes));
        EXPECT_FALSE(guest.scsi(kTestUnitReady).good());
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 0, 64), 64 * 512).good());
        EXPECT_EQ(guest.get(0, 64 * 512), joined(Bytes(10 * 512, 0xAA), Bytes(54 * 512)));
    });
}

TEST(StorageDisk, AFileKeepsWhatWasWritten) {
    char path[] = "/tmp/lis-disk-XXXXXX";
    const int fd = mkstemp(path);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(ftruncate(fd, kDiskBytes + 100), 0);
    std::string error;
    with_storage(host::StorageOptions(), testos::Seed{1}, [&](World&, StorageDevice& device, StorageGuest& guest) {
        const auto disk = std::make_shared<DiskUnit>(host::open_file_backend(path, false, &error), DiskOptions());
        EXPECT_EQ(disk->blocks(), kBlocks) << "only whole blocks";
        device.add_unit({}, disk);
        ASSERT_TRUE(guest.start());
        const Bytes data = pattern(256 * 512, 7);
        EXPECT_TRUE(guest.out(cdb10(ScsiOpcode::Write10, 40, 256), data).good());
        guest.put(0, Bytes(256 * 512));
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 40, 256), 256 * 512).good());
        EXPECT_EQ(guest.get(0, 256 * 512), data);
        Bytes seen(512);
        EXPECT_EQ(pread(fd, seen.data(), 512, 41 * 512), 512);
        EXPECT_EQ(seen, Bytes(data.begin() + 512, data.begin() + 1024));
        EXPECT_TRUE(guest.scsi(cdb16(ScsiOpcode::WriteSame16, 41, 1, 0x09)).good());
        EXPECT_EQ(pread(fd, seen.data(), 512, 41 * 512), 512);
        EXPECT_EQ(seen, Bytes(512));
        // Somebody cuts the file: an error of the medium, and no zeros.
        EXPECT_EQ(ftruncate(fd, 512), 0);
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 40, 8), 4096).failed(SenseKey::MediumError, hyperv::kAscReadError));
    });
    close(fd);
    unlink(path);
    EXPECT_EQ(host::open_file_backend(path, false, &error), nullptr);
    EXPECT_EQ(error, std::string(path) + ": No such file or directory");
}
