// SPDX-License-Identifier: GPL-2.0-only
#include "storage_guest.hpp"

#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>

namespace bus_test {

using hyperv::PacketType;
using hyperv::SrbDirection;
using hyperv::StorageOperation;
using hyperv::StoragePacket;

namespace {

const uint32_t kPageBytes = 4096;

template <typename T>
void append(Bytes& to, T value) {
    for (size_t i = 0; i < sizeof value; i++) to.push_back(static_cast<unsigned char>(value >> 8 * i));
}

void append_be(Bytes& to, uint64_t value, unsigned bytes) {
    while (bytes-- > 0) to.push_back(static_cast<unsigned char>(value >> 8 * bytes));
}

} // namespace

bool StorageAnswer::good() const {
    return arrived && status() == 0 && srb_status() == hyperv::SrbStatus::Success && srb().scsi_status == hyperv::kScsiGood;
}

hyperv::FixedSense StorageAnswer::sense() const {
    hyperv::FixedSense sense;
    memcpy(&sense, srb().cdb_or_sense, sizeof sense);
    return sense;
}

bool StorageAnswer::failed(hyperv::SenseKey key, uint16_t asc) const {
    return arrived && srb_status() == hyperv::SrbStatus::Error && (srb().srb_status & hyperv::kSrbSenseValid) &&
           srb().scsi_status == hyperv::kScsiCheckCondition && srb().sense_bytes == sizeof(hyperv::FixedSense) &&
           (sense().response_code & 0x7F) == hyperv::kSenseFixed && sense().key == static_cast<uint8_t>(key) &&
           (sense().asc << 8 | sense().ascq) == asc;
}

StorageGuest::StorageGuest(lis_vmbus_channel* channel, uint32_t pages)
    : channel_(channel), buffer_(lis_os_pages_alloc(kBufferBytes / kPageBytes)) {
    lis_vmbus_open how = open_parameters(nullptr, pages, pages);
    how.on_event = [](void*) {};
    how.on_rescind = [](void*) {};
    EXPECT_NE(buffer_, nullptr);
    EXPECT_EQ(lis_vmbus_channel_open(channel_, &how), 0);
    EXPECT_EQ(writer_.init(*lis_vmbus_channel_send_ring(channel_)), lis::Status::Ok);
    EXPECT_EQ(reader_.init(*lis_vmbus_channel_receive_ring(channel_)), lis::Status::Ok);
}

StorageGuest::~StorageGuest() {
    lis_vmbus_channel_close(channel_);
    lis_os_pages_free(buffer_);
}

uint64_t StorageGuest::send(PacketType type, const Bytes& extension, const Bytes& payload, bool completion) {
    const lis::Span pieces[2] = {lis::Span(extension.data(), extension.size()), lis::Span(payload.data(), payload.size())};
    const uint64_t id = completion ? next_id_++ : 0;
    const lis::RingPacket packet = {type, completion, id, pieces, 2, static_cast<uint32_t>(extension.size())};
    const lis::Result<lis::Signal> sent = writer_.send(packet);
    EXPECT_TRUE(sent.ok());
    if (sent.ok() && sent.value() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
    return id;
}

uint64_t StorageGuest::send(const StoragePacket& packet, const std::vector<StorageRange>& ranges, size_t packet_bytes) {
    const unsigned char* const start = reinterpret_cast<const unsigned char*>(&packet);
    const Bytes payload(start, start + packet_bytes);
    if (ranges.empty()) return send(PacketType::InBand, {}, payload);
    Bytes extension;
    append(extension, uint32_t{0});
    append(extension, static_cast<uint32_t>(ranges.size()));
    for (const StorageRange& range : ranges) {
        append(extension, range.bytes);
        append(extension, range.offset);
        for (const uint64_t frame : range.frames) append(extension, frame);
    }
    return send(PacketType::GpaDirect, extension, payload);
}

StorageAnswer StorageGuest::receive(uint32_t ms) {
    StorageAnswer answer;
    for (uint32_t waited = 0; waited <= ms && !answer.arrived; waited++) {
        unsigned char scratch[4096];
        const lis::Result<lis::PacketView> packet = reader_.next(lis::MutableSpan(scratch, sizeof scratch));
        if (!packet.ok()) {
            lis_os_sleep_ms(1);
            continue;
        }
        const lis::Span payload = packet.value().payload();
        answer.arrived = true;
        answer.type = packet.value().type();
        answer.transaction_id = packet.value().transaction_id();
        answer.bytes = payload.size();
        memcpy(&answer.packet, payload.data(), std::min(payload.size(), sizeof answer.packet));
        if (reader_.commit() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
    }
    return answer;
}

uint32_t StorageGuest::ask(StorageOperation operation, uint16_t value, size_t packet_bytes) {
    StoragePacket packet = {};
    packet.operation.set(static_cast<uint32_t>(operation));
    packet.version.version.set(value);
    const uint64_t id = send(packet, {}, packet_bytes);
    const StorageAnswer answer = receive();
    EXPECT_TRUE(answer.arrived);
    EXPECT_EQ(answer.type, PacketType::Completion);
    EXPECT_EQ(answer.transaction_id, id);
    EXPECT_EQ(answer.bytes, packet_bytes);
    EXPECT_EQ(answer.packet.operation.get(), static_cast<uint32_t>(StorageOperation::CompleteIo));
    last = answer.packet;
    return answer.status();
}

bool StorageGuest::start(uint16_t version) {
    const size_t bytes = version >= hyperv::kStorageVersion5_1 ? 64 : hyperv::kStorageOldPacketBytes;
    return ask(StorageOperation::BeginInitialization, 0, bytes) == 0 &&
           ask(StorageOperation::QueryProtocolVersion, version, bytes) == 0 &&
           ask(StorageOperation::QueryProperties, 0, bytes) == 0 && ask(StorageOperation::EndInitialization, 0, bytes) == 0;
}

StoragePacket StorageGuest::srb(const Bytes& cdb, SrbDirection direction, uint32_t bytes, uint8_t lun) {
    StoragePacket packet = {};
    packet.operation.set(static_cast<uint32_t>(StorageOperation::ExecuteSrb));
    packet.srb.length.set(sizeof packet.srb);
    packet.srb.lun = lun;
    packet.srb.cdb_bytes = static_cast<uint8_t>(cdb.size());
    packet.srb.sense_bytes = hyperv::kSrbSenseBytes;
    packet.srb.direction = static_cast<uint8_t>(direction);
    packet.srb.data_bytes.set(bytes);
    memcpy(packet.srb.cdb_or_sense, cdb.data(), std::min(cdb.size(), sizeof packet.srb.cdb_or_sense));
    return packet;
}

StorageRange StorageGuest::range(uint32_t bytes, uint32_t offset) const {
    StorageRange range;
    range.bytes = bytes;
    range.offset = offset % kPageBytes;
    for (uint32_t page = offset / kPageBytes; page * kPageBytes < offset + bytes; page++)
        range.frames.push_back(lis_os_pages_frame(buffer_, page));
    return range;
}

StorageAnswer StorageGuest::scsi(const Bytes& cdb, SrbDirection direction, uint32_t bytes, uint8_t lun, uint32_t offset) {
    const uint64_t id = bytes == 0 ? send(srb(cdb, direction, 0, lun), {})
                                   : send(srb(cdb, direction, bytes, lun), {range(bytes, offset)});
    const StorageAnswer answer = receive();
    EXPECT_TRUE(answer.arrived);
    EXPECT_EQ(answer.transaction_id, id);
    return answer;
}

StorageAnswer StorageGuest::out(const Bytes& cdb, const Bytes& data, uint8_t lun) {
    put(0, data);
    return scsi(cdb, SrbDirection::ToDevice, static_cast<uint32_t>(data.size()), lun);
}

void StorageGuest::put(uint32_t offset, const Bytes& data) {
    for (size_t i = 0; i < data.size(); i++, offset++)
        static_cast<unsigned char*>(lis_os_pages_address(buffer_, offset / kPageBytes))[offset % kPageBytes] = data[i];
}

Bytes StorageGuest::get(uint32_t offset, size_t size) const {
    Bytes data;
    for (; data.size() < size; offset++)
        data.push_back(static_cast<unsigned char*>(lis_os_pages_address(buffer_, offset / kPageBytes))[offset % kPageBytes]);
    return data;
}

void with_storage(const host::StorageOptions& options, testos::Seed seed,
                  const std::function<void(World&, host::StorageDevice&, StorageGuest&)>& body) {
    World world(seeded(seed));
    const auto device = std::make_shared<host::StorageDevice>(world.link, world.bus, options);
    world.bus.add_device(device);
    world.run_connected([&] {
        StorageGuest guest(world.device(1)->channel);
        body(world, *device, guest);
    });
}

void with_disk(uint64_t bytes, const host::DiskOptions& options,
               const std::function<void(World&, host::StorageDevice&, StorageGuest&)>& body) {
    with_storage(host::StorageOptions(), testos::Seed{1}, [&](World& world, host::StorageDevice& device, StorageGuest& guest) {
        device.add_unit({}, std::make_shared<host::DiskUnit>(host::make_memory_backend(bytes), options));
        ASSERT_TRUE(guest.start());
        body(world, device, guest);
    });
}

Bytes cdb10(hyperv::ScsiOpcode opcode, uint32_t block, uint16_t count, uint8_t flags) {
    Bytes cdb = {static_cast<unsigned char>(opcode), flags};
    append_be(cdb, block, 4);
    append_be(cdb, 0, 1);
    append_be(cdb, count, 2);
    append_be(cdb, 0, 1);
    return cdb;
}

Bytes cdb16(hyperv::ScsiOpcode opcode, uint64_t block, uint32_t count, uint8_t flags) {
    Bytes cdb = {static_cast<unsigned char>(opcode), flags};
    append_be(cdb, block, 8);
    append_be(cdb, count, 4);
    append_be(cdb, 0, 2);
    return cdb;
}

Bytes inquiry(uint8_t allocation, int vital_page) {
    return {0x12, static_cast<unsigned char>(vital_page >= 0), static_cast<unsigned char>(std::max(vital_page, 0)), 0,
            allocation, 0};
}

} // namespace bus_test
