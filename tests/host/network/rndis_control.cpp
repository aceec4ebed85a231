// SPDX-License-Identifier: GPL-2.0-only
#include "rndis_control.hpp"

#include <cstring>

namespace host {

using hyperv::RndisType;

namespace {

const uint32_t kMaxPackets = 8;
const uint32_t kMaxTransfer = 0x20000;
const uint32_t kAlignment = 3; // messages begin at multiples of 8

template <typename T>
bool read(const Bytes& message, T& out) {
    if (message.size() < sizeof out) return false;
    memcpy(&out, message.data(), sizeof out);
    return true;
}

template <typename T>
void write(T& completion, RndisType type, Bytes& reply, const Bytes& behind = {}) {
    completion.header.type.set(static_cast<uint32_t>(type) | hyperv::kRndisCompletion);
    completion.header.length.set(static_cast<uint32_t>(sizeof completion + behind.size()));
    reply.resize(sizeof completion);
    memcpy(reply.data(), &completion, sizeof completion);
    reply.insert(reply.end(), behind.begin(), behind.end());
}

void complete(RndisType type, uint32_t request, uint32_t status, Bytes& reply) {
    hyperv::RndisComplete completion = {};
    completion.request.set(request);
    completion.status.set(status);
    write(completion, type, reply);
}

const char* initialize(Adapter& adapter, const Bytes& message, Bytes& reply) {
    hyperv::RndisInitialize request;
    if (!read(message, request)) return "an INITIALIZE that is too short";
    hyperv::RndisInitializeComplete completion = {};
    completion.request.set(request.request.get());
    const bool known = request.major.get() == 1;
    completion.status.set(known ? hyperv::kRndisSuccess : hyperv::kRndisNotSupported);
    completion.major.set(1);
    completion.device_flags.set(hyperv::kRndisConnectionless);
    completion.medium.set(hyperv::kRndisMedium8023);
    completion.max_packets.set(kMaxPackets);
    completion.max_transfer.set(kMaxTransfer);
    completion.alignment.set(kAlignment);
    write(completion, RndisType::Initialize, reply);
    if (known) adapter.session.rndis_ready = true;
    return nullptr;
}

// Of a query or set: what follows the request.
const char* information(const Bytes& message, const hyperv::RndisRequest& request, Bytes& value) {
    value.clear();
    const uint64_t bytes = request.info_bytes.get();
    if (bytes == 0) return nullptr;
    const uint64_t begin = uint64_t{request.info_offset.get()} + hyperv::kRndisOffsetBase;
    if (begin < sizeof request || begin + bytes > message.size()) return "information outside of its message";
    value.assign(message.data() + begin, message.data() + begin + bytes);
    return nullptr;
}

const char* query(Adapter& adapter, const Bytes& message, Bytes& reply) {
    hyperv::RndisRequest request;
    if (!read(message, request)) return "a QUERY that is too short";
    Bytes input, answer;
    const char* const fault = information(message, request, input);
    const uint32_t status = fault ? hyperv::kRndisInvalidData : query_oid(adapter, request.oid.get(), answer);
    if (status != hyperv::kRndisSuccess) answer.clear();
    hyperv::RndisQueryComplete completion = {};
    completion.request.set(request.request.get());
    completion.status.set(status);
    completion.info_bytes.set(static_cast<uint32_t>(answer.size()));
    if (!answer.empty()) completion.info_offset.set(sizeof completion - hyperv::kRndisOffsetBase);
    write(completion, RndisType::Query, reply, answer);
    return fault;
}

const char* set(Adapter& adapter, const Bytes& message, Bytes& reply) {
    hyperv::RndisRequest request;
    if (!read(message, request)) return "a SET that is too short";
    Bytes value;
    const char* const fault = information(message, request, value);
    complete(RndisType::Set, request.request.get(),
             fault ? hyperv::kRndisInvalidData : set_oid(adapter, request.oid.get(), value), reply);
    return fault;
}

const char* keep_alive(const Bytes& message, Bytes& reply) {
    hyperv::RndisKeepAlive request;
    if (!read(message, request)) return "a KEEPALIVE that is too short";
    complete(RndisType::KeepAlive, request.request.get(), hyperv::kRndisSuccess, reply);
    return nullptr;
}

void halt(Session& session) {
    session.rndis_ready = false;
    session.filter = 0;
    session.multicast.clear();
    session.offloads = OffloadSettings();
    session.rss = RssSettings();
}

void reset(Session& session, Bytes& reply) {
    halt(session);
    session.rndis_ready = true;
    hyperv::RndisResetComplete completion = {};
    completion.addressing_reset.set(1); // the guest sets its filter anew
    write(completion, RndisType::Reset, reply);
}

} // namespace

const char* obey_control(Adapter& adapter, const Bytes& message, Bytes& reply) {
    reply.clear();
    hyperv::RndisHeader header;
    if (!read(message, header)) return "an RNDIS message that is cut off";
    const RndisType type = static_cast<RndisType>(header.type.get());
    if (type == RndisType::Initialize) return initialize(adapter, message, reply);
    if (!adapter.session.rndis_ready) return "an RNDIS message before INITIALIZE";
    switch (type) {
    case RndisType::Halt: halt(adapter.session); return nullptr;
    case RndisType::Query: return query(adapter, message, reply);
    case RndisType::Set: return set(adapter, message, reply);
    case RndisType::Reset: reset(adapter.session, reply); return nullptr;
    case RndisType::KeepAlive: return keep_alive(message, reply);
    case RndisType::Packet: return "a packet as a control message";
    default: return "an unknown RNDIS message";
    }
}

Bytes indicate_status(uint32_t status, const Bytes& buffer) {
    hyperv::RndisIndicateStatus message = {};
    message.header.type.set(static_cast<uint32_t>(RndisType::IndicateStatus));
    message.header.length.set(static_cast<uint32_t>(sizeof message + buffer.size()));
    message.status.set(status);
    message.buffer_bytes.set(static_cast<uint32_t>(buffer.size()));
    if (!buffer.empty()) message.buffer_offset.set(sizeof message - hyperv::kRndisOffsetBase);
    Bytes bytes(sizeof message);
    memcpy(bytes.data(), &message, sizeof message);
    bytes.insert(bytes.end(), buffer.begin(), buffer.end());
    return bytes;
}

} // namespace host
