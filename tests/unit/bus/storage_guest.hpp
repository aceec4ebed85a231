// SPDX-License-Identifier: GPL-2.0-only
// The guest's side of a storage controller, as a test wants it: every field of a request
// can be good or bad, and every answer is looked at.
#ifndef BUS_STORAGE_GUEST_HPP
#define BUS_STORAGE_GUEST_HPP

#include "host/storage/disk_unit.hpp"
#include "host/storage/storage_device.hpp"
#include "os/seeds.hpp"
#include "world.hpp"

#include <lis/ring.hpp>

namespace bus_test {

typedef std::vector<unsigned char> Bytes;

struct StorageAnswer {
    bool arrived = false;
    uint64_t transaction_id = 0;
    hyperv::PacketType type = hyperv::PacketType::InBand;
    size_t bytes = 0; // of the packet that came
    hyperv::StoragePacket packet = {};

    uint32_t status() const { return packet.status.get(); }
    const hyperv::Srb& srb() const { return packet.srb; }
    hyperv::SrbStatus srb_status() const {
        return static_cast<hyperv::SrbStatus>(packet.srb.srb_status & hyperv::kSrbStatusMask);
    }
    bool good() const;
    // Whether it failed with exactly this sense data.
    bool failed(hyperv::SenseKey key, uint16_t asc) const;
    hyperv::FixedSense sense() const;
};

// One range of a GPA-direct packet as it is sent, whatever it says.
struct StorageRange {
    uint32_t bytes = 0;
    uint32_t offset = 0;
    std::vector<uint64_t> frames;
};

class StorageGuest {
public:
    // Opens the channel.
    explicit StorageGuest(lis_vmbus_channel* channel, uint32_t pages = 4);
    ~StorageGuest();
    StorageGuest(const StorageGuest&) = delete;
    StorageGuest& operator=(const StorageGuest&) = delete;

    // ---- packets ----

    // Returns the transaction id.
    uint64_t send(hyperv::PacketType type, const Bytes& extension, const Bytes& payload, bool completion = true);
    uint64_t send(const hyperv::StoragePacket& packet, const std::vector<StorageRange>& ranges, size_t packet_bytes = 64);
    StorageAnswer receive(uint32_t ms = 100);
    uint32_t ask(hyperv::StorageOperation operation, uint16_t value = 0, size_t packet_bytes = 64);
    // BEGIN to END.
    bool start(uint16_t version = hyperv::kStorageVersion6_2);
    hyperv::StoragePacket last; // answer to ask()

    // ---- SCSI; data is in the guest's own buffer ----

    static const uint32_t kBufferBytes = 66 * 4096;
    static hyperv::StoragePacket srb(const Bytes& cdb, hyperv::SrbDirection direction, uint32_t bytes, uint8_t lun = 0);
    StorageRange range(uint32_t bytes, uint32_t offset = 0) const;
    StorageAnswer scsi(const Bytes& cdb, hyperv::SrbDirection direction = hyperv::SrbDirection::None, uint32_t bytes = 0,
                       uint8_t lun = 0, uint32_t offset = 0);
    StorageAnswer in(const Bytes& cdb, uint32_t bytes, uint8_t lun = 0) {
        return scsi(cdb, hyperv::SrbDirection::FromDevice, bytes, lun);
    }
    StorageAnswer out(const Bytes& cdb, const Bytes& data, uint8_t lun = 0);
    void put(uint32_t offset, const Bytes& data);
    Bytes get(uint32_t offset, size_t size) const;

private:
    lis_vmbus_channel* channel_;
    lis_os_pages* buffer_;
    lis::RingWriter<lis::OneProducer> writer_;
    lis::RingReader reader_;
    uint64_t next_id_ = 1;
};

// A world with that controller, whose guest has opened it.
void with_storage(const host::StorageOptions& options, testos::Seed seed,
                  const std::function<void(World&, host::StorageDevice&, StorageGuest&)>& body);
// The same with one disk of memory as LUN 0, and past END_INITIALIZATION.
void with_disk(uint64_t bytes, const host::DiskOptions& options,
               const std::function<void(World&, host::StorageDevice&, StorageGuest&)>& body);

Bytes cdb10(hyperv::ScsiOpcode opcode, uint32_t block, uint16_t count, uint8_t flags = 0);
Bytes cdb16(hyperv::ScsiOpcode opcode, uint64_t block, uint32_t count, uint8_t flags = 0);
Bytes inquiry(uint8_t allocation, int vital_page = -1);

} // namespace bus_test

#endif
