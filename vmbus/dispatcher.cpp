// SPDX-License-Identifier: GPL-2.0-only
#include "dispatcher.hpp"

#include "bus.hpp"

namespace vmbus {

using hyperv::MessageType;
using lis::Status;

Dispatcher::~Dispatcher() {
    lis_os_work_destroy(work_);
    lis_os_queue_destroy(queue_);
}

Status Dispatcher::init() {
    queue_ = lis_os_queue_create("vmbus_control");
    if (queue_ == nullptr)
        return Status::NoMemory;
    work_ = lis_os_work_create(queue_, run, this);
    return work_ != nullptr ? Status::Ok : Status::NoMemory;
}

void Dispatcher::drain() {
    ControlMessage message;
    do {
        while (bus_.inbox.take(&message))
            dispatch(message);
    } while (refill_from_stalled());
}

namespace {

struct StalledCpu {
    Bus* bus;
    uint32_t cpu;
};

void take_on_cpu(void* context) {
    const StalledCpu* const stalled = static_cast<const StalledCpu*>(context);
    Bus& bus = *stalled->bus;
    bus.synic.take_message(stalled->cpu, bus.inbox, bus.counters);
}

// Bytes that the host sends for each type, and nothing for those that it does not.
uint32_t least_size(MessageType type) {
    switch (type) {
    case MessageType::OfferChannel:
        return sizeof(hyperv::OfferChannel);
    case MessageType::RescindChannelOffer:
        return sizeof(hyperv::RelidMessage);
    case MessageType::AllOffersDelivered:
    case MessageType::UnloadResponse:
    case MessageType::PauseResponse:
        return sizeof(hyperv::MessageHeader);
    case MessageType::OpenChannelResult:
        return sizeof(hyperv::OpenChannelResult);
    case MessageType::GpadlCreated:
        return sizeof(hyperv::GpadlCreated);
    case MessageType::GpadlTorndown:
        return sizeof(hyperv::GpadlTorndown);
    case MessageType::VersionResponse:
        return hyperv::kVersionResponseMinBytes;
    case MessageType::CloseReservedResponse:
        return sizeof(hyperv::RelidMessage);
    case MessageType::TlConnectResult:
        return sizeof(hyperv::TlConnectResult);
    case MessageType::ModifyChannelResponse:
        return sizeof(hyperv::ModifyChannelResponse);
    case MessageType::ModifyConnectionResponse:
        return sizeof(hyperv::ModifyConnectionResponse);
    default:
        return 0;
    }
}

template <typename T>
const T& view(const ControlMessage& message) {
    static_assert(sizeof(T) <= sizeof message.bytes, "a control message");
    return *reinterpret_cast<const T*>(message.bytes);
}

} // namespace

// EOM and the slot belong to the CPU that the message came to.
bool Dispatcher::refill_from_stalled() {
    bool refilled = false;
    const uint32_t cpus = lis_os_cpu_limit();
    for (uint32_t cpu = 0; cpu < cpus; cpu++) {
        if (!bus_.synic.take_stalled(cpu))
            continue;
        StalledCpu stalled = {&bus_, cpu};
        if (lis_os_cpu_call(cpu, take_on_cpu, &stalled) == 0)
            refilled = true;
    }
    return refilled;
}

void Dispatcher::dispatch(const ControlMessage& message) {
    if (message.size < sizeof(hyperv::MessageHeader))
        return bus_.counters.add(Counter::MessageShort);
    const MessageType type = static_cast<MessageType>(view<hyperv::MessageHeader>(message).type.get());
    const uint32_t least = least_size(type);
    if (least == 0)
        return bus_.counters.add(Counter::MessageUnknown);
    if (message.size < least)
        return bus_.counters.add(Counter::MessageShort);

    switch (type) {
    case MessageType::OfferChannel:
        return bus_.enumerator.offer(view<hyperv::OfferChannel>(message));
    case MessageType::RescindChannelOffer:
        return bus_.enumerator.rescind(view<hyperv::RelidMessage>(message).relid.get());
    case MessageType::AllOffersDelivered:
        return bus_.enumerator.all_offers_delivered();
    case MessageType::OpenChannelResult:
        return open_result(message);
    case MessageType::GpadlCreated:
        return gpadl_created(message);
    case MessageType::GpadlTorndown:
        return gpadl_torndown(message);
    case MessageType::ModifyChannelResponse:
        return modify_response(message);
    case MessageType::TlConnectResult:
        return; // only a failed connect is answered, and the socket has its own time limit
    default:
        return answer(AnswerKey{type, 0, 0}, message);
    }
}

void Dispatcher::answer(const AnswerKey& key, const ControlMessage& message) {
    if (!bus_.exchange.deliver(key, message))
        bus_.counters.add(Counter::MessageUnexpected);
}

void Dispatcher::open_result(const ControlMessage& message) {
    const hyperv::OpenChannelResult& result = view<hyperv::OpenChannelResult>(message);
    const uint32_t relid = result.relid.get();
    const uint32_t open_id = result.open_id.get();
    if (bus_.exchange.deliver(AnswerKey{MessageType::OpenChannelResult, relid, open_id}, message))
        return;
    const bool late = bus_.enumerator.late_open_result(relid, open_id, result.status.get() == 0);
    bus_.counters.add(late ? Counter::LateOpenResult : Counter::MessageUnexpected);
}

void Dispatcher::modify_response(const ControlMessage& message) {
    const uint32_t relid = view<hyperv::ModifyChannelResponse>(message).relid.get();
    if (bus_.exchange.deliver(AnswerKey{MessageType::ModifyChannelResponse, relid, 0}, message))
        return;
    const bool late = bus_.enumerator.late_modify_response(relid);
    bus_.counters.add(late ? Counter::LateModifyResponse : Counter::MessageUnexpected);
}

void Dispatcher::gpadl_created(const ControlMessage& message) {
    const hyperv::GpadlCreated& created = view<hyperv::GpadlCreated>(message);
    const uint32_t handle = created.gpadl.get();
    if (bus_.exchange.deliver(AnswerKey{MessageType::GpadlCreated, created.relid.get(), handle}, message))
        return;
    const bool late = bus_.ledger.answered_late(handle, created.status.get() == 0);
    bus_.counters.add(late ? Counter::LateGpadlCreated : Counter::MessageUnexpected);
    if (late)
        bus_.enumerator.run_late_work();
}

void Dispatcher::gpadl_torndown(const ControlMessage& message) {
    const uint32_t handle = view<hyperv::GpadlTorndown>(message).gpadl.get();
    if (bus_.exchange.deliver(AnswerKey{MessageType::GpadlTorndown, 0, handle}, message))
        return;
    const bool late = bus_.ledger.torn_down(handle);
    bus_.counters.add(late ? Counter::LateGpadlTorndown : Counter::MessageUnexpected);
}

} // namespace vmbus
