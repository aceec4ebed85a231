// SPDX-License-Identifier: GPL-2.0-only
// What comes from the host through a queue: answers to commands, mostly.
#include "queue.hpp"
#include "srb.hpp"

namespace storvsc_core {

using hyperv::PacketType;
using hyperv::StorageOperation;
using hyperv::StoragePacket;
using lis::PacketView;

// Has the role.
void Queue::go_on() {
    uint32_t left = kBudget;
    while (left != 0) {
        if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0)
            return; // the role stays taken until the next open
        const uint32_t turns = lis::atomic_load(&turns_);
        left--; // an interrupt without packets costs too
        if (!drain(&left))
            break;
        if (lis::atomic_compare_exchange(&turns_, turns, 0u))
            return;
    }
    defer();
}

// bytes: of the answer that are the host's.
LIS_ALWAYS_INLINE void Queue::complete(uint64_t id, size_t bytes, StoragePacket& answer) {
    const Result<storvsc_request*> found LIS_UNINITIALIZED = requests_.take(id);
    if (__builtin_expect(!found.ok(), 0))
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_TRANSACTION);
    storvsc_request* const request = found.value();

    const bool usual = bytes == sizeof answer && request->is_question == 0 &&
                       answer.operation.get() == static_cast<uint32_t>(StorageOperation::CompleteIo);
    if (__builtin_expect(!usual, 0))
        return complete_unusual(request, bytes, answer);
    const storvsc_verdict verdict LIS_UNINITIALIZED = judge(*request, answer, format_);
    storvsc_shim_complete(request, &verdict);
}

void Queue::complete_unusual(storvsc_request* request, size_t bytes, StoragePacket& answer) {
    if (bytes < sizeof answer)
        __builtin_memset(reinterpret_cast<unsigned char*>(&answer) + bytes, 0, sizeof answer - bytes);
    const size_t wanted = request->is_question ? hyperv::kStorageHeaderBytes : kAnswerBytes;
    const bool good = bytes >= wanted && answer.operation.get() == static_cast<uint32_t>(StorageOperation::CompleteIo);
    if (!good)
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    if (request->is_question)
        return on_answer(*owner_, answer, good);
    const storvsc_verdict verdict =
        good ? judge(*request, answer, format_) : verdict_without_answer(*request, STORVSC_FAILED);
    storvsc_shim_complete(request, &verdict);
}

// False: there is more.
bool Queue::drain(uint32_t* budget) {
    // A packet's payload lands where it is judged; complete() sees to what the host has not sent.
    StoragePacket answer __attribute__((aligned(8))) LIS_UNINITIALIZED;
    if (reader_.broken())
        return true;
    uint32_t left = *budget;
    reader_.begin();
    do {
        for (; left != 0; left--) {
            PacketView view;
            if (reader_.next_start_of(&answer, &view) != Status::Ok)
                break;
            // A packet with an extension before its payload is no answer of this protocol.
            const size_t bytes = view.extension().empty() ? view.payload().size() : 0;
            if (__builtin_expect(view.type() == PacketType::Completion, 1))
                complete(view.transaction_id(), bytes, answer);
            else
                take_other(view.type(), bytes, answer);
        }
        signal_if(reader_.commit());
        *budget = left;
        if (left == 0)
            return false;
    } while (reader_.finish() == lis::Drain::More);
    if (reader_.broken()) {
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_RING_INDEX);
        break_off();
    }
    return true;
}

void Queue::take_other(PacketType type, size_t bytes, const StoragePacket& packet) {
    if (type != PacketType::InBand)
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PACKET_TYPE);
    if (bytes < sizeof packet.operation)
        return lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    switch (static_cast<StorageOperation>(packet.operation.get())) {
    case StorageOperation::RemoveDevice:
    case StorageOperation::EnumerateBus:
        return on_units_changed(*owner_);
    case StorageOperation::EventNotification: // of a medium, which the SCSI layer asks for itself
        return;
    default:
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_PAYLOAD);
    }
}

} // namespace storvsc_core
