// SPDX-License-Identifier: GPL-2.0-only
// RNDIS beside frames: questions to the adapter, and what it indicates (protocol.md 6.6, 6.8).
// A question lies in the send buffer's last page, which is no section's, so that the host's
// hold on it ends as that on the buffer does. Answers come as frames do.
#include "adapter.hpp"

#include <hyperv/rndis.h>
#include <lis/pinned.hpp>

using hyperv::NvspType;
using hyperv::Oid;
using hyperv::RndisType;
using lis::MutexGuard;
using lis::Status;
using netvsc_core::Queue;
using netvsc_core::RndisAnswer;
using netvsc_core::SharedBuffer;

namespace {

const uint32_t kAnswerMs = 10 * 1000;
const uint32_t kTransferLimit = 0x4000; // of one message to the guest, as guests say
const uint32_t kAlignmentLimit = 5;     // logarithm
const uint32_t kBatchLimit = 64;
const uint32_t kMtuLeast = 68; // of IPv4
const uint32_t kMtuUsual = 1500;
const uint32_t kMtuMost = 65521;

const uint32_t kInputLimit = 32; // of a query

// Where the fields of every question are.
const uint32_t kRequestId = 8;

} // namespace

// ---- one question ----

Status netvsc::send_control(uint64_t id, uint32_t bytes) {
    const uint32_t page = send_buffer_.bytes() / SharedBuffer::kPage - 1;
    unsigned char padded[hyperv::kNvspMessageBytes61] = {};
    hyperv::NvspRndisPacket message = {};
    message.header.type.set(static_cast<uint32_t>(NvspType::SendRndisPacket));
    message.channel_type.set(hyperv::kNvspChannelControl);
    message.section_index.set(hyperv::kNvspNoSection);
    __builtin_memcpy(padded, &message, sizeof message);
    const netvsc_range range = {send_buffer_.frame(page), 0, bytes};
    return send_patiently([&](Queue& primary) { return primary.send_range(id, padded, sizeof padded, range); });
}

// request: all of it, or its fixed part, behind which `more` bytes are in the page already; the
// header and the request id are filled in. The answer is in rndis_answer_.
Status netvsc::ask_rndis(RndisType type, unsigned char* request, uint32_t bytes, uint32_t more,
                         uint32_t answer_least) {
    const uint32_t name = rndis_answer_.begin();
    hyperv::RndisHeader header;
    lis::Le32 id;
    header.type.set(static_cast<uint32_t>(type));
    header.length.set(bytes + more);
    id.set(name);
    __builtin_memcpy(request, &header, sizeof header);
    __builtin_memcpy(request + kRequestId, &id, sizeof id);
    lis::copy_out(send_buffer_.at() + send_buffer_.bytes() - SharedBuffer::kPage, request, bytes);
    const Status sent = send_control(uint64_t{kControlTag} << 32 | name, bytes + more);
    if (sent != Status::Ok) {
        rndis_answer_.abandon();
        return sent;
    }
    LIS_TRY(rndis_answer_.wait(kAnswerMs, [this] { return why_no_answer(); }));
    const RndisAnswer& got = rndis_answer_.answer();
    return got.type == static_cast<uint32_t>(type) && got.bytes >= answer_least ? Status::Ok : Status::BadPacket;
}

// In the receive buffer. Each byte is read once.
void netvsc::on_control(const unsigned char* message, uint32_t bytes, const hyperv::RndisHeader& header) {
    const uint32_t length = header.length.get();
    const uint32_t type = header.type.get();
    if (type == static_cast<uint32_t>(RndisType::IndicateStatus))
        return take_indication(message, bytes, header);
    lis::Le32 id;
    if ((type & hyperv::kRndisCompletion) == 0 || length > bytes || length < kRequestId + sizeof id)
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    lis::copy_in(&id, message + kRequestId, sizeof id);
    const bool taken = rndis_answer_.take(id.get(), [&](RndisAnswer& answer) {
        const uint32_t kept = length < sizeof answer.message ? length : static_cast<uint32_t>(sizeof answer.message);
        const uint32_t behind = kRequestId + sizeof id;
        __builtin_memset(answer.message, 0, sizeof answer.message);
        __builtin_memcpy(answer.message, &header, sizeof header);
        __builtin_memcpy(answer.message + kRequestId, &id, sizeof id);
        if (kept > behind)
            lis::copy_in(answer.message + behind, message + behind, kept - behind);
        answer.type = type & ~hyperv::kRndisCompletion;
        answer.bytes = kept;
    });
    if (!taken)
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_TRANSACTION);
}

// ---- the first and the last ----

Status netvsc::initialize_rndis() {
    MutexGuard guard(asking_);
    union {
        hyperv::RndisInitialize fields;
        unsigned char bytes[sizeof(hyperv::RndisInitialize)];
    } request = {};
    request.fields.major.set(1);
    request.fields.minor.set(0);
    request.fields.max_transfer.set(kTransferLimit);
    hyperv::RndisInitializeComplete answer;
    LIS_TRY(ask_rndis(RndisType::Initialize, request.bytes, sizeof request, 0, sizeof answer));
    __builtin_memcpy(&answer, rndis_answer_.answer().message, sizeof answer);
    if (answer.status.get() != hyperv::kRndisSuccess)
        return Status::Failed;
    const uint32_t alignment = answer.alignment.get();
    const uint32_t packets = answer.max_packets.get();
    buffers_.alignment = 1u << (alignment < kAlignmentLimit ? alignment : kAlignmentLimit);
    buffers_.batch_limit = packets == 0 ? 1 : packets < kBatchLimit ? packets : kBatchLimit;
    return Status::Ok;
}

// No answer comes.
void netvsc::halt_rndis() {
    MutexGuard guard(asking_);
    if (send_buffer_.at() == nullptr)
        return; // it has come no further than the receive buffer
    hyperv::RndisKeepAlive message = {};
    message.header.type.set(static_cast<uint32_t>(RndisType::Halt));
    message.header.length.set(sizeof message);
    lis::copy_out(send_buffer_.at() + send_buffer_.bytes() - SharedBuffer::kPage, &message, sizeof message);
    static_cast<void>(send_control(uint64_t{kControlTag} << 32, sizeof message) == Status::Ok);
}

// ---- OIDs ----

// *got: bytes of value that the host has given, at most those that there is room for.
Status netvsc::query(Oid oid, const void* input, uint32_t input_bytes, void* value, uint32_t bytes, uint32_t* got) {
    MutexGuard guard(asking_);
    unsigned char request[sizeof(hyperv::RndisRequest) + kInputLimit] = {};
    if (send_buffer_.at() == nullptr)
        return Status::Rescinded;
    if (input_bytes > kInputLimit)
        return Status::TooBig;
    hyperv::RndisRequest head = {};
    head.oid.set(static_cast<uint32_t>(oid));
    head.info_bytes.set(input_bytes);
    head.info_offset.set(sizeof head - hyperv::kRndisOffsetBase);
    __builtin_memcpy(request, &head, sizeof head);
    if (input_bytes != 0)
        __builtin_memcpy(request + sizeof head, input, input_bytes);
    hyperv::RndisQueryComplete answer;
    LIS_TRY(ask_rndis(RndisType::Query, request, static_cast<uint32_t>(sizeof head) + input_bytes, 0, sizeof answer));
    const RndisAnswer& whole = rndis_answer_.answer();
    __builtin_memcpy(&answer, whole.message, sizeof answer);
    if (answer.status.get() != hyperv::kRndisSuccess)
        return Status::Failed;
    const uint64_t offset = uint64_t{answer.info_offset.get()} + hyperv::kRndisOffsetBase;
    uint32_t info = answer.info_bytes.get();
    if (info == 0) {
        *got = 0;
        return Status::Ok;
    }
    if (offset < sizeof answer || offset > whole.bytes || info > whole.bytes - offset)
        return Status::BadPacket;
    if (info > bytes)
        info = bytes;
    __builtin_memcpy(value, whole.message + offset, info);
    *got = info;
    return Status::Ok;
}

Status netvsc::query_word(Oid oid, uint32_t* value) {
    lis::Le32 word = {};
    uint32_t got = 0;
    LIS_TRY(query(oid, nullptr, 0, &word, sizeof word, &got));
    if (got != sizeof word)
        return Status::BadPacket;
    *value = word.get();
    return Status::Ok;
}

Status netvsc::set(Oid oid, const void* value, uint32_t bytes) {
    MutexGuard guard(asking_);
    return set_locked(oid, value, bytes);
}

// value is in the page before the question is, which spares the stack the largest of them.
Status netvsc::set_locked(Oid oid, const void* value, uint32_t bytes) {
    unsigned char* const page = send_buffer_.at() == nullptr
                                    ? nullptr
                                    : send_buffer_.at() + send_buffer_.bytes() - SharedBuffer::kPage;
    union {
        hyperv::RndisRequest fields;
        unsigned char bytes[sizeof(hyperv::RndisRequest)];
    } request = {};
    if (page == nullptr)
        return Status::Rescinded;
    if (bytes > SharedBuffer::kPage - sizeof request)
        return Status::TooBig;
    request.fields.oid.set(static_cast<uint32_t>(oid));
    request.fields.info_bytes.set(bytes);
    request.fields.info_offset.set(sizeof request - hyperv::kRndisOffsetBase);
    lis::copy_out(page + sizeof request, value, bytes);
    LIS_TRY(ask_rndis(RndisType::Set, request.bytes, sizeof request, bytes, sizeof(hyperv::RndisComplete)));
    hyperv::RndisComplete answer;
    __builtin_memcpy(&answer, rndis_answer_.answer().message, sizeof answer);
    return answer.status.get() == hyperv::kRndisSuccess ? Status::Ok : Status::Failed;
}

// ---- what the adapter is ----

Status netvsc::query_adapter() {
    uint32_t got = 0;
    LIS_TRY(query(Oid::PermanentAddress, nullptr, 0, info_.mac, sizeof info_.mac, &got));
    if (got != sizeof info_.mac)
        return Status::BadPacket;
    uint8_t current[NETVSC_MAC_BYTES];
    if (query(Oid::CurrentAddress, nullptr, 0, current, sizeof current, &got) == Status::Ok && got == sizeof current)
        __builtin_memcpy(info_.mac, current, sizeof current);
    const bool configurable = info_.nvsp_version >= hyperv::kNvspVersion2;
    uint32_t mtu = 0;
    info_.mtu_limit = configurable ? kMtuMost : kMtuUsual;
    info_.mtu = configurable ? options_.mtu : kMtuUsual;
    if (query_word(Oid::MaximumFrameSize, &mtu) == Status::Ok && mtu >= kMtuLeast && mtu < info_.mtu)
        info_.mtu = mtu;
    uint32_t disconnected = 0;
    LIS_TRY(query_word(Oid::MediaConnectStatus, &disconnected));
    // What was indicated meanwhile is newer.
    static_cast<void>(lis::atomic_compare_exchange(&link_up_, kLinkUnknown, disconnected == 0 ? 1u : 0u));
    uint32_t speed = 0; // in 100 bit/s
    if (query_word(Oid::LinkSpeed, &speed) == Status::Ok)
        static_cast<void>(lis::atomic_compare_exchange(&speed_mbit_, 0u, speed / 10000));
    return Status::Ok;
}

Status netvsc::set_filter(uint32_t filter) {
    lis::Le32 value = {};
    value.set(((filter & NETVSC_RECEIVE_DIRECTED) != 0 ? hyperv::kFilterDirected : 0) |
              ((filter & NETVSC_RECEIVE_MULTICAST) != 0 ? hyperv::kFilterAllMulticast : 0) |
              ((filter & NETVSC_RECEIVE_BROADCAST) != 0 ? hyperv::kFilterBroadcast : 0) |
              ((filter & NETVSC_RECEIVE_PROMISCUOUS) != 0 ? hyperv::kFilterPromiscuous : 0));
    return set(Oid::PacketFilter, &value, sizeof value);
}

// By name, as a string of hexadecimal digits. A host may forbid it.
Status netvsc::set_mac(const uint8_t* mac) {
    static const char kName[] = "NetworkAddress";
    const uint32_t kNameBytes = (sizeof kName - 1) * 2;
    struct {
        hyperv::NdisConfigParameter head;
        unsigned char name[(sizeof kName - 1) * 2];
        unsigned char value[NETVSC_MAC_BYTES * 2 * 2];
    } parameter = {};
    parameter.head.name_offset.set(sizeof parameter.head);
    parameter.head.name_bytes.set(kNameBytes);
    parameter.head.type.set(hyperv::kConfigString);
    parameter.head.value_offset.set(sizeof parameter.head + kNameBytes);
    parameter.head.value_bytes.set(sizeof parameter.value);
    for (uint32_t i = 0; i < sizeof kName - 1; i++)
        parameter.name[i * 2] = static_cast<unsigned char>(kName[i]);
    for (uint32_t i = 0; i < NETVSC_MAC_BYTES * 2; i++) {
        const uint32_t digit = i % 2 == 0 ? mac[i / 2] >> 4 : mac[i / 2] & 15u;
        parameter.value[i * 2] = static_cast<unsigned char>(digit < 10 ? '0' + digit : 'a' + digit - 10);
    }
    LIS_TRY(set(Oid::ConfigParameter, &parameter, sizeof parameter));
    __builtin_memcpy(info_.mac, mac, sizeof info_.mac);
    return Status::Ok;
}

// ---- indications ----

void netvsc::take_indication(const unsigned char* message, uint32_t bytes, const hyperv::RndisHeader& header) {
    // The length of some hosts' OffloadConfigChange is wrong: it is not believed, nor needed.
    hyperv::RndisIndicateStatus status;
    status.header = header;
    if (bytes < sizeof status)
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    lis::copy_in(reinterpret_cast<unsigned char*>(&status) + sizeof header, message + sizeof header,
                 sizeof status - sizeof header);
    switch (status.status.get()) {
    case hyperv::kRndisMediaConnect:
        lis::atomic_store(&link_up_, 1u);
        break;
    case hyperv::kRndisMediaDisconnect:
        lis::atomic_store(&link_up_, 0u);
        break;
    case hyperv::kRndisNetworkChange:
        static_cast<void>(lis::atomic_fetch_add(&network_changes_, 1u));
        break;
    case hyperv::kRndisLinkSpeedChange: {
        const uint64_t offset = uint64_t{status.buffer_offset.get()} + hyperv::kRndisOffsetBase;
        lis::Le32 speed;
        if (status.buffer_bytes.get() < sizeof speed || offset < sizeof status || offset + sizeof speed > bytes)
            return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
        lis::copy_in(&speed, message + offset, sizeof speed);
        lis::atomic_store(&speed_mbit_, speed.get() / 10000);
        break;
    }
    default:
        return; // of offloads and power, which guests ask for themselves
    }
    netvsc_shim_changed(context_);
}
