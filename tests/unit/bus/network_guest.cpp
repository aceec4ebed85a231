// SPDX-License-Identifier: GPL-2.0-only
#include "network_guest.hpp"

#include "host/network/responder.hpp"

#include <algorithm>
#include <lis/shared.hpp>

namespace bus_test {

using hyperv::NvspStatus;
using hyperv::NvspType;
using hyperv::PacketType;

namespace {

const uint32_t kPageBytes = 4096;
const uint32_t kRangePages = 20;
const uint32_t kWaitMs = 50;

template <typename T>
T make(NvspType type) {
    T message = {};
    message.header.type.set(static_cast<uint32_t>(type));
    return message;
}

template <typename T>
void append(Bytes& to, const T& value) {
    const unsigned char* const bytes = reinterpret_cast<const unsigned char*>(&value);
    to.insert(to.end(), bytes, bytes + sizeof value);
}

template <typename T>
bool read(const Bytes& from, size_t offset, T& value) {
    if (offset > from.size() || sizeof value > from.size() - offset) return false;
    memcpy(&value, from.data() + offset, sizeof value);
    return true;
}

} // namespace

// ---- messages ----

uint32_t NetworkMessage::rndis_type() const {
    hyperv::RndisHeader header = {};
    read(bytes, 0, header);
    return header.type.get();
}

Bytes NetworkMessage::frame() const {
    hyperv::RndisPacket packet;
    if (!read(bytes, 0, packet)) return {};
    const size_t begin = packet.data_offset.get() + hyperv::kRndisOffsetBase;
    if (begin + packet.data_bytes.get() > bytes.size()) return {};
    return Bytes(bytes.begin() + static_cast<ptrdiff_t>(begin),
                 bytes.begin() + static_cast<ptrdiff_t>(begin + packet.data_bytes.get()));
}

bool NetworkMessage::info(uint32_t type, uint32_t& value) const {
    hyperv::RndisPacket packet;
    if (!read(bytes, 0, packet)) return false;
    size_t at = packet.info_offset.get() + hyperv::kRndisOffsetBase;
    const size_t end = at + packet.info_bytes.get();
    for (hyperv::PacketInfo entry; at < end && read(bytes, at, entry) && entry.size.get() != 0; at += entry.size.get())
        if (entry.type.get() == type) return read(bytes, at + entry.offset.get(), value);
    return false;
}

// ---- packets ----

NetworkGuest::NetworkGuest(lis_vmbus_channel* channel, uint32_t receive_pages, uint32_t send_pages)
    : channel_(channel), pages_(lis_os_pages_alloc(kRangePages)) {
    lis_vmbus_open how = open_parameters(nullptr, 6, 6);
    how.on_event = [](void*) {};
    how.on_rescind = [](void*) {};
    EXPECT_NE(pages_, nullptr);
    EXPECT_EQ(lis_vmbus_channel_open(channel_, &how), 0);
    EXPECT_EQ(writer_.init(*lis_vmbus_channel_send_ring(channel_)), lis::Status::Ok);
    EXPECT_EQ(reader_.init(*lis_vmbus_channel_receive_ring(channel_)), lis::Status::Ok);
    EXPECT_EQ(lis_vmbus_gpadl_create(channel_, receive_pages, &receive_), 0);
    EXPECT_EQ(lis_vmbus_gpadl_create(channel_, send_pages, &send_), 0);
}

NetworkGuest::~NetworkGuest() {
    lis_vmbus_channel_close(channel_);
    lis_vmbus_gpadl_release(receive_);
    lis_vmbus_gpadl_release(send_);
    lis_os_pages_free(pages_);
}

uint64_t NetworkGuest::send(PacketType type, const Bytes& extension, const Bytes& payload, bool completion) {
    const lis::Span pieces[2] = {lis::Span(extension.data(), extension.size()),
                                 lis::Span(payload.data(), payload.size())};
    const uint64_t id = completion ? next_id_++ : 0;
    const lis::RingPacket packet = {type, completion, id, pieces, 2, static_cast<uint32_t>(extension.size())};
    const lis::Result<lis::Signal> sent = writer_.send(packet);
    EXPECT_TRUE(sent.ok());
    if (sent.ok() && sent.value() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
    return id;
}

void NetworkGuest::complete(uint64_t transaction_id) {
    Bytes payload;
    auto message = make<hyperv::NvspRndisPacketComplete>(NvspType::SendRndisPacketComplete);
    message.status.set(static_cast<uint32_t>(NvspStatus::Success));
    append(payload, message);
    const lis::Span piece(payload.data(), payload.size());
    const lis::RingPacket packet = {PacketType::Completion, false, transaction_id, &piece, 1, 0};
    const lis::Result<lis::Signal> sent = writer_.send(packet);
    EXPECT_TRUE(sent.ok());
    if (sent.ok() && sent.value() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
}

void NetworkGuest::take(const lis::PacketView& packet) {
    const unsigned char* bytes = static_cast<const unsigned char*>(packet.payload().data());
    const Bytes payload(bytes, bytes + packet.payload().size());
    bytes = static_cast<const unsigned char*>(packet.extension().data());
    const Bytes extension(bytes, bytes + packet.extension().size());
    if (packet.type() == PacketType::Completion) {
        EXPECT_EQ(completions_.count(packet.transaction_id()), 0u) << "completed twice";
        completions_[packet.transaction_id()] = payload;
        return;
    }
    if (packet.type() == PacketType::InBand) {
        in_band.push_back(payload);
        return;
    }
    ASSERT_EQ(packet.type(), PacketType::TransferPages);
    EXPECT_TRUE(packet.completion_requested());
    hyperv::NvspRndisPacket header;
    hyperv::TransferPageHeader pages;
    ASSERT_TRUE(read(payload, 0, header));
    ASSERT_TRUE(read(extension, 0, pages));
    EXPECT_EQ(header.header.type.get(), static_cast<uint32_t>(NvspType::SendRndisPacket));
    EXPECT_EQ(pages.set_id.get(), hyperv::kNvspReceiveBufferId);
    for (uint32_t i = 0; i < pages.range_count.get(); i++) {
        hyperv::TransferPageRange range;
        ASSERT_TRUE(read(extension, sizeof pages + i * sizeof range, range));
        NetworkMessage message = {packet.transaction_id(), header.channel_type.get(), range.byte_offset.get(), {}};
        const lis_os_pages* const buffer = lis_vmbus_gpadl_pages(receive_);
        for (uint32_t at = range.byte_offset.get(); message.bytes.size() < range.byte_count.get(); at++) {
            unsigned char byte;
            ASSERT_LT(at / kPageBytes, lis_os_pages_count(buffer));
            lis::copy_in(&byte, static_cast<char*>(lis_os_pages_address(buffer, at / kPageBytes)) + at % kPageBytes, 1);
            message.bytes.push_back(byte);
        }
        messages.push_back(message);
    }
    if (keep) kept.push_back(packet.transaction_id());
    else complete(packet.transaction_id());
}

void NetworkGuest::poll() {
    for (;;) {
        unsigned char scratch[8192];
        const lis::Result<lis::PacketView> packet = reader_.next(lis::MutableSpan(scratch, sizeof scratch));
        if (!packet.ok()) {
            EXPECT_EQ(packet.status(), lis::Status::WouldBlock);
            break;
        }
        take(packet.value());
    }
    if (reader_.commit() == lis::Signal::Due) lis_vmbus_channel_signal(channel_);
}

Bytes NetworkGuest::completion_of(uint64_t transaction_id, bool* came) {
    for (uint32_t waited = 0; waited < kWaitMs; waited++) {
        poll();
        const auto found = completions_.find(transaction_id);
        if (found != completions_.end()) {
            if (came) *came = true;
            return found->second;
        }
        lis_os_sleep_ms(1);
    }
    if (came) *came = false;
    return {};
}

NetworkMessage NetworkGuest::next(uint32_t channel_type) {
    for (uint32_t waited = 0; waited < kWaitMs; waited++) {
        poll();
        for (; read_ < messages.size(); read_++)
            if (messages[read_].channel_type == channel_type) return messages[read_++];
        lis_os_sleep_ms(1);
    }
    return NetworkMessage();
}

// ---- steps ----

NvspStatus NetworkGuest::init(uint32_t version) {
    auto message = make<hyperv::NvspInit>(NvspType::Init);
    message.min_version.set(version);
    message.max_version.set(version);
    const auto complete = ask<hyperv::NvspInitComplete>(message);
    EXPECT_EQ(complete.header.type.get(), static_cast<uint32_t>(NvspType::InitComplete));
    return static_cast<NvspStatus>(complete.status.get());
}

void NetworkGuest::configure(uint32_t mtu, uint64_t capabilities) {
    auto message = make<hyperv::NvspNdisConfig>(NvspType::SendNdisConfig);
    message.mtu.set(mtu + 14);
    message.capabilities.set(capabilities);
    send(message, false);
}

hyperv::NvspReceiveBufferComplete NetworkGuest::share_receive(hyperv::NvspReceiveSection* section) {
    auto message = make<hyperv::NvspBuffer>(NvspType::SendReceiveBuffer);
    message.gpadl.set(receive_handle());
    message.id.set(hyperv::kNvspReceiveBufferId);
    hyperv::NvspReceiveBufferComplete complete = {};
    const Bytes bytes = completion_of(send(message));
    EXPECT_TRUE(read(bytes, 0, complete));
    hyperv::NvspReceiveSection described = {};
    EXPECT_TRUE(read(bytes, sizeof complete, described));
    if (section) *section = described;
    return complete;
}

hyperv::NvspSendBufferComplete NetworkGuest::share_send() {
    auto message = make<hyperv::NvspBuffer>(NvspType::SendSendBuffer);
    message.gpadl.set(send_handle());
    return ask<hyperv::NvspSendBufferComplete>(message);
}

void NetworkGuest::start(uint32_t version, uint32_t mtu) {
    const uint32_t success = static_cast<uint32_t>(NvspStatus::Success);
    ASSERT_EQ(init(version), NvspStatus::Success);
    if (version >= hyperv::kNvspVersion2) configure(mtu);
    auto ndis = make<hyperv::NvspNdisVersion>(NvspType::SendNdisVersion);
    ndis.major.set(6);
    ndis.minor.set(30);
    send(ndis, false);
    ASSERT_EQ(share_receive().status.get(), success);
    ASSERT_EQ(share_send().status.get(), success);
    ASSERT_FALSE(initialize().empty());
    ASSERT_EQ(set_filter(hyperv::kFilterDirected | hyperv::kFilterBroadcast | hyperv::kFilterAllMulticast), 0u);
}

Bytes NetworkGuest::control(const Bytes& message, NvspStatus expected) {
    lay(message);
    auto header = make<hyperv::NvspRndisPacket>(NvspType::SendRndisPacket);
    header.channel_type.set(hyperv::kNvspChannelControl);
    header.section_index.set(hyperv::kNvspNoSection);
    Bytes payload;
    append(payload, header);
    const uint64_t id =
        send(PacketType::GpaDirect, extension({}, static_cast<uint32_t>(message.size())), payload);
    EXPECT_EQ(status_of(id), expected);
    return next(hyperv::kNvspChannelControl).bytes;
}

Bytes NetworkGuest::initialize() {
    hyperv::RndisInitialize message = {};
    message.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Initialize));
    message.header.length.set(sizeof message);
    message.request.set(next_request_++);
    message.major.set(1);
    message.max_transfer.set(0x4000);
    Bytes bytes;
    append(bytes, message);
    return control(bytes);
}

uint32_t NetworkGuest::query(hyperv::Oid oid, Bytes& answer) {
    hyperv::RndisRequest message = {};
    message.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Query));
    message.header.length.set(sizeof message);
    message.request.set(next_request_++);
    message.oid.set(static_cast<uint32_t>(oid));
    Bytes bytes;
    append(bytes, message);
    const Bytes reply = control(bytes);
    hyperv::RndisQueryComplete complete = {};
    EXPECT_TRUE(read(reply, 0, complete));
    EXPECT_EQ(complete.request.get(), message.request.get());
    EXPECT_EQ(complete.header.length.get(), reply.size());
    const size_t begin = complete.info_offset.get() + hyperv::kRndisOffsetBase;
    answer.clear();
    if (complete.info_bytes.get() != 0) {
        EXPECT_EQ(begin + complete.info_bytes.get(), reply.size());
        answer.assign(reply.begin() + static_cast<ptrdiff_t>(begin), reply.end());
    }
    return complete.status.get();
}

uint32_t NetworkGuest::set(hyperv::Oid oid, const Bytes& value) {
    hyperv::RndisRequest message = {};
    message.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Set));
    message.header.length.set(static_cast<uint32_t>(sizeof message + value.size()));
    message.request.set(next_request_++);
    message.oid.set(static_cast<uint32_t>(oid));
    message.info_bytes.set(static_cast<uint32_t>(value.size()));
    message.info_offset.set(sizeof message - hyperv::kRndisOffsetBase);
    Bytes bytes;
    append(bytes, message);
    bytes.insert(bytes.end(), value.begin(), value.end());
    hyperv::RndisComplete complete = {};
    EXPECT_TRUE(read(control(bytes), 0, complete));
    EXPECT_EQ(complete.request.get(), message.request.get());
    return complete.status.get();
}

uint32_t NetworkGuest::set_filter(uint32_t filter) {
    lis::Le32 word;
    word.set(filter);
    return set(hyperv::Oid::PacketFilter, Bytes(word.bytes, word.bytes + 4));
}

uint32_t NetworkGuest::set_offloads(unsigned char checksums, unsigned char lso, unsigned char rsc) {
    hyperv::NdisOffloadParameters wanted = {};
    wanted.header.type = hyperv::kNdisObjectDefault;
    wanted.header.revision = 3;
    wanted.header.size.set(sizeof wanted);
    wanted.tcp4 = wanted.tcp6 = wanted.udp4 = wanted.udp6 = checksums;
    wanted.lso2_4 = wanted.lso2_6 = lso;
    wanted.rsc4 = wanted.rsc6 = rsc;
    Bytes value;
    append(value, wanted);
    return set(hyperv::Oid::OffloadParameters, value);
}

// ---- frames ----

Bytes NetworkGuest::info(uint32_t type, uint32_t value) {
    hyperv::PacketInfo entry;
    entry.size.set(16);
    entry.type.set(type);
    entry.offset.set(12);
    Bytes bytes;
    append(bytes, entry);
    append(bytes, value);
    return bytes;
}

Bytes NetworkGuest::packet(const Bytes& frame, const Bytes& infos) {
    hyperv::RndisPacket packet = {};
    packet.header.type.set(static_cast<uint32_t>(hyperv::RndisType::Packet));
    packet.header.length.set(static_cast<uint32_t>(sizeof packet + infos.size() + frame.size()));
    packet.data_offset.set(static_cast<uint32_t>(sizeof packet - 8 + infos.size()));
    packet.data_bytes.set(static_cast<uint32_t>(frame.size()));
    if (!infos.empty()) packet.info_offset.set(sizeof packet - 8);
    packet.info_bytes.set(static_cast<uint32_t>(infos.size()));
    Bytes bytes;
    append(bytes, packet);
    bytes.insert(bytes.end(), infos.begin(), infos.end());
    bytes.insert(bytes.end(), frame.begin(), frame.end());
    return bytes;
}

void NetworkGuest::lay(const Bytes& bytes) {
    ASSERT_LE(bytes.size(), kRangePages * kPageBytes);
    for (size_t at = 0; at < bytes.size(); at += kPageBytes)
        memcpy(lis_os_pages_address(pages_, static_cast<uint32_t>(at / kPageBytes)), bytes.data() + at,
               std::min<size_t>(kPageBytes, bytes.size() - at));
}

Bytes NetworkGuest::extension(const std::vector<uint32_t>& cuts, uint32_t bytes) const {
    std::vector<uint32_t> sizes = cuts;
    uint32_t left = bytes;
    for (const uint32_t size : cuts) left -= size;
    if (left != 0) sizes.push_back(left);
    hyperv::GpaDirectHeader header = {};
    header.range_count.set(static_cast<uint32_t>(sizes.size()));
    Bytes extension;
    append(extension, header);
    uint32_t at = 0;
    for (const uint32_t size : sizes) {
        hyperv::GpaRange range;
        range.byte_count.set(size);
        range.byte_offset.set(at % kPageBytes);
        append(extension, range);
        for (uint32_t page = at / kPageBytes; page * kPageBytes < at + size; page++)
            append(extension, uint64_t{lis_os_pages_frame(pages_, page)});
        at += size;
    }
    return extension;
}

NvspStatus NetworkGuest::status_of(uint64_t transaction_id) {
    hyperv::NvspRndisPacketComplete complete = {};
    const Bytes bytes = completion_of(transaction_id);
    EXPECT_TRUE(read(bytes, 0, complete));
    EXPECT_EQ(complete.header.type.get(), static_cast<uint32_t>(NvspType::SendRndisPacketComplete));
    return static_cast<NvspStatus>(complete.status.get());
}

NvspStatus NetworkGuest::send_ranges(const Bytes& rndis, const std::vector<uint32_t>& cuts) {
    lay(rndis);
    auto header = make<hyperv::NvspRndisPacket>(NvspType::SendRndisPacket);
    header.section_index.set(hyperv::kNvspNoSection);
    Bytes payload;
    append(payload, header);
    return status_of(send(PacketType::GpaDirect, extension(cuts, static_cast<uint32_t>(rndis.size())), payload));
}

void NetworkGuest::put(uint32_t offset, const Bytes& bytes) {
    const lis_os_pages* const buffer = lis_vmbus_gpadl_pages(send_);
    for (const unsigned char byte : bytes) {
        char* const page = static_cast<char*>(lis_os_pages_address(buffer, offset / kPageBytes));
        lis::copy_out(page + offset % kPageBytes, &byte, 1);
        offset++;
    }
}

NvspStatus NetworkGuest::send_section(const Bytes& rndis, uint32_t section, int64_t section_bytes) {
    if (section * 6144 + rndis.size() <= lis_os_pages_count(lis_vmbus_gpadl_pages(send_)) * size_t{kPageBytes})
        put(section * 6144, rndis);
    auto header = make<hyperv::NvspRndisPacket>(NvspType::SendRndisPacket);
    header.section_index.set(section);
    if (section_bytes < 0) section_bytes = static_cast<int64_t>(rndis.size());
    header.section_bytes.set(static_cast<uint32_t>(section_bytes));
    return status_of(send(header));
}

// ---- worlds ----

void with_network(const host::AdapterOptions& options, std::shared_ptr<host::Backend> backend,
                  const std::function<void(World&, host::NetworkDevice&, NetworkGuest&)>& body) {
    World world(WorldOptions{});
    const auto device = std::make_shared<host::NetworkDevice>(
        world.link, world.bus, host::guid("00000000-0000-0000-0000-0000000000ee"), options, std::move(backend));
    world.bus.add_device(device);
    world.run_connected([&] {
        NetworkGuest guest(world.devices.at(0)->channel);
        body(world, *device, guest);
    });
}

void with_responder(const host::AdapterOptions& options,
                    const std::function<void(World&, host::NetworkDevice&, NetworkGuest&)>& body) {
    World world(WorldOptions{});
    const auto device = std::make_shared<host::NetworkDevice>(
        world.link, world.bus, host::guid("00000000-0000-0000-0000-0000000000ee"), options,
        std::make_shared<host::Responder>(world.link));
    world.bus.add_device(device);
    world.run_connected([&] {
        NetworkGuest guest(world.devices.at(0)->channel);
        body(world, *device, guest);
    });
}

} // namespace bus_test
