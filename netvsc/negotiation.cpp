// SPDX-License-Identifier: GPL-2.0-only
// NVSP: what is agreed before frames flow, and what the host says by itself (protocol.md
// 6.1 to 6.3).
#include "adapter.hpp"

#include <lis/pinned.hpp>

using hyperv::NvspStatus;
using hyperv::NvspType;
using lis::MutexGuard;
using lis::Span;
using lis::Status;
using netvsc_core::NvspAnswer;
using netvsc_core::Queue;
using netvsc_core::SharedBuffer;

namespace {

const uint32_t kAnswerMs = 10 * 1000;
const uint32_t kOffersMs = 5000;
// A guest may send more bytes than a message has, and this is the one size that every host takes.
const uint32_t kMessageBytes = hyperv::kNvspMessageBytes61;

const uint32_t kVersions[] = {hyperv::kNvspVersion61, hyperv::kNvspVersion6, hyperv::kNvspVersion5,
                              hyperv::kNvspVersion4, hyperv::kNvspVersion2, hyperv::kNvspVersion1};

const uint32_t kReceiveSectionUsual = 1728;
const uint32_t kReceiveSectionsLeast = 10;
const uint32_t kSectionBytesLeast = 124; // an RNDIS header with all that goes with it
const uint32_t kSendSectionUsual = 6144;
const uint32_t kReceiveBytesOld = 15u << 20; // for NVSP 2 and before
const uint32_t kSendBytesLimit = 15u << 20;

template <typename Message>
Message make(NvspType type) {
    Message message = {};
    message.header.type.set(static_cast<uint32_t>(type));
    return message;
}

Status accepted(const lis::Le32& status) {
    return status.get() == static_cast<uint32_t>(NvspStatus::Success) ? Status::Ok : Status::Failed;
}

} // namespace

// ---- one message ----

Status netvsc::tell(const void* message, uint32_t bytes) {
    unsigned char padded[kMessageBytes] = {};
    __builtin_memcpy(padded, message, bytes);
    return send_patiently([&](Queue& primary) { return primary.send(0, padded, sizeof padded); });
}

Status netvsc::ask(void* message, uint32_t bytes, NvspType answer, uint32_t least, uint32_t timeout_ms) {
    unsigned char padded[kMessageBytes] = {};
    __builtin_memcpy(padded, message, bytes);
    const uint32_t name = nvsp_answer_.begin();
    const Status status = send_patiently([&](Queue& primary) { return primary.send(name, padded, sizeof padded); });
    if (status != Status::Ok) {
        nvsp_answer_.abandon();
        return status;
    }
    LIS_TRY(nvsp_answer_.wait(timeout_ms, [this] { return why_no_answer(); }));
    const NvspAnswer& got = nvsp_answer_.answer();
    hyperv::NvspHeader header;
    __builtin_memcpy(&header, got.message, sizeof header);
    if (got.bytes < least || (least != 0 && header.type.get() != static_cast<uint32_t>(answer)))
        return Status::BadPacket;
    __builtin_memcpy(message, got.message, least);
    return Status::Ok;
}

// Nobody answers any more.
Status netvsc::why_no_answer() {
    if (is_lost())
        return Status::Rescinded;
    const lis::Pinned pinned;
    Queue* const primary = queue(0);
    if (primary == nullptr || primary->is_closed())
        return Status::Rescinded;
    return primary->is_broken() ? Status::BadPacket : Status::Ok;
}

// Ids of messages are below 2^32, those of sections are not. What is completed without having
// been asked for, a host's mistake that is known, finds nobody.
void netvsc::on_completion(uint64_t id, Span message) {
    const bool taken = id >> 32 == 0 && nvsp_answer_.take(static_cast<uint32_t>(id), [message](NvspAnswer& answer) {
        const size_t bytes = message.size() < sizeof answer.message ? message.size() : sizeof answer.message;
        __builtin_memset(answer.message, 0, sizeof answer.message);
        __builtin_memcpy(answer.message, message.data(), bytes);
        answer.bytes = static_cast<uint32_t>(bytes);
    });
    if (!taken && id != 0 && id >> 32 != kControlTag)
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_TRANSACTION);
}

// ---- in order ----

int32_t netvsc::negotiate() {
    Status status;
    {
        MutexGuard guard(asking_);
        status = query_version();
        if (status == Status::Ok)
            status = send_ndis_config();
    }
    if (status != Status::Ok)
        return lis::to_errno(status);
    int32_t result = share_receive_buffer();
    if (result == 0)
        result = share_send_buffer();
    if (result != 0)
        return result;
    status = queue(0)->expect_frames();
    if (status == Status::Ok)
        status = initialize_rndis();
    if (status == Status::Ok)
        status = query_adapter();
    if (status == Status::Ok)
        status = negotiate_offloads();
    if (status == Status::Ok)
        status = query_spreading();
    return lis::to_errno(status);
}

Status netvsc::query_version() {
    for (const uint32_t version : kVersions) {
        union {
            hyperv::NvspInit request;
            hyperv::NvspInitComplete answer;
        } message = {make<hyperv::NvspInit>(NvspType::Init)};
        message.request.min_version.set(version);
        message.request.max_version.set(version);
        LIS_TRY(ask(&message, sizeof message.request, NvspType::InitComplete, sizeof message.answer, kAnswerMs));
        if (accepted(message.answer.status) != Status::Ok)
            continue;
        info_.nvsp_version = version;
        return Status::Ok;
    }
    lis_os_log(LIS_OS_LOG_ERROR, "the host speaks none of our network protocol versions");
    return Status::Unsupported;
}

Status netvsc::send_ndis_config() {
    const uint32_t version = info_.nvsp_version;
    if (version >= hyperv::kNvspVersion2) {
        hyperv::NvspNdisConfig config = make<hyperv::NvspNdisConfig>(NvspType::SendNdisConfig);
        uint64_t capabilities = hyperv::kNvspVlan;
        if (version >= hyperv::kNvspVersion5)
            capabilities |= hyperv::kNvspTeaming | (options_.sriov != 0 ? uint64_t{hyperv::kNvspSriov} : 0);
        if (version >= hyperv::kNvspVersion61)
            capabilities |= hyperv::kNvspRsc;
        config.mtu.set(options_.mtu + NETVSC_FRAME_HEADER);
        config.capabilities.set(capabilities);
        LIS_TRY(tell(&config, sizeof config));
    }
    hyperv::NvspNdisVersion ndis = make<hyperv::NvspNdisVersion>(NvspType::SendNdisVersion);
    ndis.major.set(6);
    ndis.minor.set(version >= hyperv::kNvspVersion5 ? 30 : 1);
    return tell(&ndis, sizeof ndis);
}

// ---- buffers ----

int32_t netvsc::share_receive_buffer() {
    uint64_t wanted = static_cast<uint64_t>(options_.receive_sections) * kReceiveSectionUsual;
    const uint64_t most = info_.nvsp_version <= hyperv::kNvspVersion2 ? kReceiveBytesOld
                                                                      : SharedBuffer::kPageLimit * SharedBuffer::kPage;
    if (wanted > most)
        wanted = most;
    if (wanted < kReceiveSectionsLeast * kReceiveSectionUsual)
        wanted = kReceiveSectionsLeast * kReceiveSectionUsual;
    const int32_t result = receive_buffer_.create(channel_, static_cast<uint32_t>(wanted));
    return result != 0 ? result : lis::to_errno(announce_receive_buffer());
}

// One section size for the whole buffer is what hosts choose, and all that is understood here.
Status netvsc::announce_receive_buffer() {
    MutexGuard guard(asking_);
    struct Complete {
        hyperv::NvspReceiveBufferComplete head;
        hyperv::NvspReceiveSection section;
    };
    union {
        hyperv::NvspBuffer request;
        Complete answer;
    } message = {make<hyperv::NvspBuffer>(NvspType::SendReceiveBuffer)};
    message.request.gpadl.set(receive_buffer_.handle());
    message.request.id.set(hyperv::kNvspReceiveBufferId);
    LIS_TRY(ask(&message, sizeof message.request, NvspType::SendReceiveBufferComplete, sizeof message.answer, kAnswerMs));
    LIS_TRY(accepted(message.answer.head.status));
    const hyperv::NvspReceiveSection& section = message.answer.section;
    const uint32_t bytes = section.section_bytes.get();
    const uint32_t count = section.count.get();
    if (message.answer.head.section_count.get() != 1 || section.offset.get() != 0 || bytes < kSectionBytesLeast ||
        count == 0 || count > receive_buffer_.bytes() / bytes) {
        lis_os_log(LIS_OS_LOG_ERROR, "the host divides the receive buffer into %u sections of %u bytes", count, bytes);
        return Status::Protocol;
    }
    buffers_.receive = receive_buffer_.at();
    buffers_.receive_bytes = receive_buffer_.bytes();
    buffers_.receive_sections = count;
    info_.receive_sections = count;
    info_.receive_section_bytes = bytes;
    return Status::Ok;
}

int32_t netvsc::share_send_buffer() {
    uint64_t wanted = static_cast<uint64_t>(options_.send_sections) * kSendSectionUsual;
    if (wanted > kSendBytesLimit)
        wanted = kSendBytesLimit;
    if (wanted < kSendSectionUsual)
        wanted = kSendSectionUsual;
    // And a page that is no section's: what is asked of the host by RNDIS lies there.
    const int32_t result = send_buffer_.create(channel_, static_cast<uint32_t>(wanted) + SharedBuffer::kPage);
    return result != 0 ? result : lis::to_errno(announce_send_buffer());
}

Status netvsc::announce_send_buffer() {
    MutexGuard guard(asking_);
    union {
        hyperv::NvspBuffer request;
        hyperv::NvspSendBufferComplete answer;
    } message = {make<hyperv::NvspBuffer>(NvspType::SendSendBuffer)};
    message.request.gpadl.set(send_buffer_.handle());
    LIS_TRY(ask(&message, sizeof message.request, NvspType::SendSendBufferComplete, sizeof message.answer, kAnswerMs));
    LIS_TRY(accepted(message.answer.status));
    const uint32_t bytes = message.answer.section_bytes.get();
    const uint32_t usable = send_buffer_.bytes() - SharedBuffer::kPage;
    if (bytes < kSectionBytesLeast || bytes > usable) {
        lis_os_log(LIS_OS_LOG_ERROR, "the host wants send sections of %u bytes", bytes);
        return Status::Protocol;
    }
    LIS_TRY(buffers_.sections.init(send_buffer_.at(), usable, bytes));
    info_.send_sections = buffers_.sections.count();
    info_.send_section_bytes = bytes;
    return Status::Ok;
}

void netvsc::revoke_buffers() {
    if (is_lost())
        return;
    hyperv::NvspRevoke message = {};
    if (info_.receive_sections != 0) {
        message.header.type.set(static_cast<uint32_t>(NvspType::RevokeReceiveBuffer));
        message.id.set(hyperv::kNvspReceiveBufferId);
        static_cast<void>(tell(&message, sizeof message) == Status::Ok);
    }
    if (info_.send_sections != 0) {
        message.header.type.set(static_cast<uint32_t>(NvspType::RevokeSendBuffer));
        message.id.set(0);
        static_cast<void>(tell(&message, sizeof message) == Status::Ok);
    }
}

void netvsc::release_buffers() {
    buffers_.receive = nullptr;
    buffers_.receive_bytes = 0;
    receive_buffer_.release();
    send_buffer_.release();
}

// ---- sub-channels ----

// What fails here costs speed only. The host offers them one by one.
void netvsc::request_subchannels() {
    if (info_.queue_limit <= 1)
        return;
    union {
        hyperv::NvspSubChannelRequest request;
        hyperv::NvspSubChannelAnswer answer;
    } message = {make<hyperv::NvspSubChannelRequest>(NvspType::SubChannel)};
    message.request.operation.set(hyperv::kNvspAllocateSubChannels);
    message.request.count.set(info_.queue_limit - 1);
    Status status;
    {
        MutexGuard guard(asking_);
        status = ask(&message, sizeof message.request, NvspType::SubChannel, sizeof message.answer, kAnswerMs);
    }
    if (status == Status::Ok)
        status = accepted(message.answer.status);
    if (status != Status::Ok) {
        lis_os_log(LIS_OS_LOG_WARNING, "the host gives no sub-channels; one queue does all");
        return;
    }
    const uint32_t count = message.answer.count.get();
    {
        MutexGuard guard(life_);
        granted_ = count < info_.queue_limit ? count : info_.queue_limit - 1;
        offers_end_ = lis_os_now_ns() + uint64_t{kOffersMs} * 1000000;
    }
    lis_os_work_submit(settle_work_); // some have come before the answer
    lis_os_work_submit_after(late_work_, kOffersMs + 1);
}

// ---- what the host says by itself ----

void netvsc::on_message(Span message) {
    hyperv::NvspHeader header;
    if (message.size() < sizeof header)
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    __builtin_memcpy(&header, message.data(), sizeof header);
    switch (static_cast<NvspType>(header.type.get())) {
    case NvspType::SendIndirectionTable:
        return take_send_table(message);
    case NvspType::SendVfAssociation: {
        hyperv::NvspVfAssociation vf;
        if (message.size() < sizeof vf || info_.nvsp_version < hyperv::kNvspVersion4)
            break;
        __builtin_memcpy(&vf, message.data(), sizeof vf);
        lis::atomic_store(&vf_serial_, vf.serial.get());
        lis::atomic_store(&vf_allocated_, vf.allocated.get() != 0 ? 1u : 0u, __ATOMIC_RELEASE);
        return netvsc_shim_changed(context_);
    }
    case NvspType::SwitchDataPath: {
        hyperv::NvspSwitchDataPath path;
        if (message.size() < sizeof path)
            break;
        __builtin_memcpy(&path, message.data(), sizeof path);
        if (path.path.get() == hyperv::kNvspPathSynthetic)
            lis::atomic_store(&path_is_vf_, 0u);
        return netvsc_shim_changed(context_);
    }
    case NvspType::UplinkConnectState:
        return; // of hosts that are no more
    default:
        break;
    }
    lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
}

// Hosts up to NVSP 6 may give a wrong offset: a message that is long enough for it has its table
// where a guest's largest message ends (protocol.md 6.9).
void netvsc::take_send_table(Span message) {
    hyperv::NvspIndirectionTable head;
    const uint32_t kTableBytes = NETVSC_SEND_ENTRIES * sizeof(lis::Le32);
    if (message.size() < sizeof head + kTableBytes)
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    __builtin_memcpy(&head, message.data(), sizeof head);
    size_t offset = head.offset.get();
    if (info_.nvsp_version <= hyperv::kNvspVersion6 && message.size() >= kMessageBytes + kTableBytes)
        offset = kMessageBytes;
    if (head.count.get() != NETVSC_SEND_ENTRIES || offset < sizeof head || offset > message.size() - kTableBytes)
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    for (uint32_t i = 0; i < NETVSC_SEND_ENTRIES; i++) {
        lis::Le32 entry;
        __builtin_memcpy(&entry, message.data() + offset + i * sizeof entry, sizeof entry);
        const uint32_t number = entry.get();
        lis::atomic_store(&send_table_[i], static_cast<uint16_t>(number < NETVSC_QUEUE_LIMIT ? number : 0));
    }
}

// ---- the data path, when there is a virtual function ----

Status netvsc::switch_path(bool to_vf) {
    MutexGuard guard(asking_);
    if (info_.nvsp_version < hyperv::kNvspVersion4 || (to_vf && lis::atomic_load(&vf_allocated_, __ATOMIC_ACQUIRE) == 0))
        return Status::Unsupported;
    hyperv::NvspSwitchDataPath message = make<hyperv::NvspSwitchDataPath>(NvspType::SwitchDataPath);
    message.path.set(to_vf ? hyperv::kNvspPathVf : hyperv::kNvspPathSynthetic);
    LIS_TRY(ask(&message, sizeof message, NvspType::SwitchDataPath, 0, kAnswerMs));
    lis::atomic_store(&path_is_vf_, to_vf ? 1u : 0u);
    return Status::Ok;
}
