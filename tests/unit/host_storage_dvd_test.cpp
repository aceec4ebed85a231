// SPDX-License-Identifier: GPL-2.0-only
// The DVD drive as SCSI (MMC-5): with a medium, without one, and when it changes.
#include "bus/storage_guest.hpp"

#include "host/storage/dvd_unit.hpp"

#include <gtest/gtest.h>

using bus_test::Bytes;
using bus_test::cdb10;
using bus_test::inquiry;
using bus_test::StorageAnswer;
using bus_test::StorageGuest;
using bus_test::with_storage;
using bus_test::World;
using host::DvdUnit;
using host::StorageDevice;
using hyperv::ScsiOpcode;
using hyperv::SenseKey;

namespace {

const uint64_t kBlocks = 100;
const Bytes kTestUnitReady = {0, 0, 0, 0, 0, 0};
const Bytes kEject = {0x1B, 0, 0, 0, 2, 0}, kLoad = {0x1B, 0, 0, 0, 3, 0};
const Bytes kEvents = {0x4A, 1, 0, 0, 0x10, 0, 0, 0, 8, 0};

std::shared_ptr<host::StorageBackend> medium(uint64_t blocks = kBlocks) { return host::make_memory_backend(blocks * 2048); }

void with_dvd(std::shared_ptr<host::StorageBackend> inside, const std::function<void(StorageGuest&, DvdUnit&)>& body) {
    with_storage(host::StorageOptions(), testos::Seed{1}, [&](World&, StorageDevice& device, StorageGuest& guest) {
        const auto drive = std::make_shared<DvdUnit>(inside, host::UnitIdentity());
        device.add_unit({}, drive);
        ASSERT_TRUE(guest.start());
        body(guest, *drive);
    });
}

bool no_medium(const StorageAnswer& answer) { return answer.failed(SenseKey::NotReady, hyperv::kAscNoMedium); }
bool changed(const StorageAnswer& answer) { return answer.failed(SenseKey::UnitAttention, hyperv::kAscMediumMayHaveChanged); }

} // namespace

TEST(StorageDvd, IsAReadOnlyDriveOfBlocksOf2048) {
    const auto inside = medium();
    Bytes data(2 * 2048, 0x5A);
    std::vector<iovec> pieces(1, iovec{data.data(), data.size()});
    ASSERT_TRUE(inside->write(10 * 2048, pieces));
    with_dvd(inside, [&](StorageGuest& guest, DvdUnit&) {
        EXPECT_TRUE(guest.in(inquiry(36), 36).good());
        EXPECT_EQ(guest.get(0, 2), (Bytes{0x05, 0x80}));
        EXPECT_TRUE(guest.in(inquiry(64, 0), 64).good());
        EXPECT_EQ(guest.get(0, 7), (Bytes{5, 0, 0, 3, 0x00, 0x80, 0x83})) << "no pages of disks";
        EXPECT_TRUE(guest.in(inquiry(64, 0xB0), 64).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::ReadCapacity10, 0, 0), 8).good());
        EXPECT_EQ(guest.get(0, 8), (Bytes{0, 0, 0, kBlocks - 1, 0, 0, 8, 0}));
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 10, 2), 2 * 2048).good());
        EXPECT_EQ(guest.get(0, 2 * 2048), data);
        EXPECT_TRUE(guest.in({0xA8, 0, 0, 0, 0, 10, 0, 0, 0, 1, 0, 0}, 2048).good());
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, kBlocks, 1), 2048).failed(SenseKey::IllegalRequest, hyperv::kAscLbaOutOfRange));
        EXPECT_TRUE(guest.in(cdb10(ScsiOpcode::Read10, 0, 2), 2048).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
        EXPECT_TRUE(guest.out(cdb10(ScsiOpcode::Write10, 0, 1), Bytes(2048)).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidOpcode));
    });
}

TEST(StorageDvd, TheTableOfContentsHasOneTrack) {
    with_dvd(medium(), [](StorageGuest& guest, DvdUnit&) {
        EXPECT_TRUE(guest.in({0x43, 0, 0, 0, 0, 0, 0, 0, 64, 0}, 64).good());
        EXPECT_EQ(guest.get(0, 20), (Bytes{0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xAA, 0, 0, 0, 0, kBlocks}));
        EXPECT_TRUE(guest.in({0x43, 2, 0, 0, 0, 0, 0xAA, 0, 64, 0}, 64).good());
        EXPECT_EQ(guest.get(0, 12), (Bytes{0, 10, 1, 1, 0, 0x14, 0xAA, 0, 0, 0, 3, 25})) << "250 frames";
        EXPECT_TRUE(guest.in({0x43, 0, 1, 0, 0, 0, 0, 0, 64, 0}, 64).good());
        EXPECT_EQ(guest.get(0, 4), (Bytes{0, 10, 1, 1}));
        EXPECT_TRUE(guest.in({0x43, 0, 0, 0, 0, 0, 2, 0, 64, 0}, 64).failed(SenseKey::IllegalRequest, hyperv::kAscInvalidFieldInCdb));
    });
}

TEST(StorageDvd, AnEmptyDriveSaysSo) {
    with_dvd(nullptr, [](StorageGuest& guest, DvdUnit& drive) {
        EXPECT_FALSE(drive.loaded());
        EXPECT_TRUE(guest.in(inquiry(36), 36).good());
        EXPECT_TRUE(no_medium(guest.scsi(kTestUnitReady)));
        EXPECT_TRUE(no_medium(guest.in(cdb10(ScsiOpcode::Read10, 0, 1), 2048)));
        EXPECT_TRUE(no_medium(guest.in(cdb10(ScsiOpcode::ReadCapacity10, 0, 0), 8)));
        EXPECT_TRUE(no_medium(guest.in({0x43, 0, 0, 0, 0, 0, 0, 0, 64, 0}, 64)));
        EXPECT_TRUE(no_medium(guest.in({0x51, 0, 0, 0, 0, 0, 0, 0, 34, 0}, 34)));
        EXPECT_TRUE(guest.in({0x46, 0, 0, 0, 0, 0, 0, 0, 64, 0}, 64).good());
        EXPECT_EQ(guest.get(6, 2), (Bytes{0, 0})) << "no current profile";
        EXPECT_TRUE(guest.in(kEvents, 8).good());
        EXPECT_EQ(guest.get(0, 6), (Bytes{0, 6, 4, 0x10, 0, 0}));
    });
}

TEST(StorageDvd, AMediumThatComesAndGoesIsReported) {
    with_dvd(nullptr, [](StorageGuest& guest, DvdUnit& drive) {
        drive.insert(medium(50));
        EXPECT_TRUE(changed(guest.scsi(kTestUnitReady)));
        EXPECT_TRUE(guest.scsi(kTestUnitReady).good());
        EXPECT_TRUE(guest.in(kEvents, 8).good());
        EXPECT_EQ(guest.get(4, 2), (Bytes{2, 2})) << "a new medium, present";
        EXPECT_TRUE(guest.in(kEvents, 8).good());
        EXPECT_EQ(guest.get(4, 1), (Bytes{0})) << "once";
        EXPECT_TRUE(guest.in({0x46, 0, 0, 0, 0, 0, 0, 0, 64, 0}, 64).good());
        EXPECT_EQ(guest.get(6, 2), (Bytes{0, 0x10})) << "DVD-ROM";
        drive.eject();
        EXPECT_TRUE(no_medium(guest.scsi(kTestUnitReady)));
        EXPECT_TRUE(guest.in(kEvents, 8).good());
        EXPECT_EQ(guest.get(4, 2), (Bytes{3, 0}));
    });
}

TEST(StorageDvd, TheGuestOpensAndClosesTheTrayUnlessItIsLocked) {
    with_dvd(medium(), [](StorageGuest& guest, DvdUnit& drive) {
        EXPECT_TRUE(guest.scsi({0x1E, 0, 0, 0, 1, 0}).good());
        EXPECT_TRUE(drive.locked());
        EXPECT_TRUE(guest.scsi(kEject).failed(SenseKey::IllegalRequest, hyperv::kAscRemovalPrevented));
        EXPECT_TRUE(guest.scsi({0x1E, 0, 0, 0, 0, 0}).good());
        EXPECT_TRUE(guest.scsi(kEject).good());
        EXPECT_TRUE(no_medium(guest.scsi(kTestUnitReady)));
        EXPECT_TRUE(guest.scsi(kLoad).good());
        EXPECT_TRUE(changed(guest.scsi(kTestUnitReady)));
        EXPECT_TRUE(guest.scsi(kTestUnitReady).good());
        EXPECT_TRUE(drive.loaded());
    });
}
