// SPDX-License-Identifier: GPL-2.0-only
// The way to the host. A command's is one function, because every I/O takes it. All that writes
// to a ring is in this file: a module cannot have copies of the same template's functions.
#include "controller.hpp"
#include "srb.hpp"

using lis::Result;
using lis::Status;

namespace storvsc_core {

using hyperv::PacketType;
using hyperv::StoragePacket;
using lis::Signal;

namespace {

const uint32_t kPage = 4096;
const uint32_t kBatch = 32; // page numbers that the shim is asked for at a time

struct RangeExtension {
    hyperv::GpaDirectHeader header;
    hyperv::GpaRange range;
};
static_assert(sizeof(RangeExtension) == 16, "words of 8 bytes, and no padding");

LIS_ALWAYS_INLINE bool is_valid(const storvsc_command& command) {
    if (command.cdb_bytes > STORVSC_CDB_LIMIT || command.data_offset >= kPage)
        return false;
    return command.data_bytes != 0 ? command.direction < STORVSC_NO_DATA : command.direction == STORVSC_NO_DATA;
}

uint32_t frame_count(const storvsc_command& command) {
    return (command.data_offset + command.data_bytes + kPage - 1) / kPage;
}

__attribute__((noinline)) unsigned char* write_frames(unsigned char* at, void* frames, uint32_t count) {
    uint64_t list[kBatch] LIS_UNINITIALIZED;
    while (count != 0) {
        const uint32_t part = count < kBatch ? count : kBatch;
        storvsc_shim_frames(frames, list, part);
        lis::copy_words_out(at, list, part * sizeof list[0]);
        at += part * sizeof list[0];
        count -= part;
    }
    return at;
}

// The extension of a GPA-direct packet. Frames beyond those that the bytes touch are left out.
LIS_ALWAYS_INLINE unsigned char* write_range(unsigned char* at, const storvsc_command& command, uint32_t count) {
    RangeExtension extension = {};
    extension.header.range_count.set(1);
    extension.range.byte_count.set(command.data_bytes);
    extension.range.byte_offset.set(command.data_offset);
    lis::copy_words_out(at, &extension, sizeof extension);
    at += sizeof extension;
    uint32_t run = command.first_run < count ? command.first_run : count;
    count -= run;
    for (uint64_t frame = command.first_frame; run != 0; run--, frame++, at += sizeof frame)
        lis::copy_word_out(at, frame);
    return __builtin_expect(count == 0, 1) ? at : write_frames(at, command.frames, count);
}

} // namespace

LIS_ALWAYS_INLINE Status Queue::submit(storvsc_request* request, const storvsc_command& command, bool more) {
    if (__builtin_expect(!is_valid(command), 0))
        return Status::Invalid;
    const storvsc_request noted = {command.data_bytes, command.cdb[0], 0, {0, 0}};
    *request = noted;

    const bool has_data = command.data_bytes != 0;
    const uint32_t frames = has_data ? frame_count(command) : 0;
    const uint64_t id = LIS_TRY(requests_.reserve(request));
    lis::RingEnvelope envelope;
    envelope.type = has_data ? PacketType::GpaDirect : PacketType::InBand;
    envelope.completion_requested = true;
    envelope.transaction_id = id;
    envelope.extension_bytes = has_data ? static_cast<uint32_t>(sizeof(RangeExtension)) + frames * 8 : 0;
    envelope.bytes = envelope.extension_bytes + (is_old(format_) ? hyperv::kStorageOldPacketBytes
                                                                 : static_cast<uint32_t>(sizeof(StoragePacket)));
    const Result<lis::RingPlace> place LIS_UNINITIALIZED = writer_.reserve(envelope);
    if (__builtin_expect(!place.ok(), 0)) {
        requests_.cancel(id);
        return judge_send(place.status());
    }
    unsigned char* at = place.value().contents;
    if (has_data)
        at = write_range(at, command, frames);
    write_srb(command, format_, at);
    requests_.arm(id); // a host that guesses ids finds nothing before

    if (__builtin_expect(more, 0)) {
        writer_.done(place.value());
        lis::atomic_store(&uncommitted_, 1u, __ATOMIC_RELEASE);
    } else {
        signal_if(writer_.finish(place.value()));
    }
    return Status::Ok;
}

Status Queue::judge_send(Status status) {
    if (status == Status::BadPacket)
        break_off();
    return status;
}

void Queue::commit() {
    if (lis::atomic_load(&uncommitted_) == 0)
        return;
    // Before publish(): what is added meanwhile is announced again.
    lis::atomic_store(&uncommitted_, 0u);
    lis::full_barrier();
    signal_if(writer_.publish());
}

Result<uint64_t> Queue::ask(storvsc_request* question, const StoragePacket& packet) {
    if (lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0)
        return Status::Rescinded;
    question->is_question = 1;
    const uint64_t id = LIS_TRY(requests_.add(question));
    const lis::Span piece(&packet, format_.packet_bytes);
    const lis::RingPacket whole = {PacketType::InBand, true, id, &piece, 1, 0};
    const Result<Signal> sent = writer_.send(whole);
    if (sent.ok()) {
        signal_if(sent.value());
        return id;
    }
    static_cast<void>(forget(id));
    return judge_send(sent.status());
}

} // namespace storvsc_core

using storvsc_core::Queue;

// In the queues behind the one that had no room, or was not there.
Status storvsc::submit_elsewhere(uint32_t first, storvsc_request* request, const storvsc_command& command, bool more) {
    const uint32_t slots = spread_.slots();
    bool found = spread_.at(first) != nullptr;
    uint32_t slot = first;
    for (uint32_t left = slots; left > 1; left--) {
        slot = slot + 1 >= slots ? 0 : slot + 1;
        Queue* const queue = spread_.at(slot);
        if (queue == nullptr)
            continue;
        found = true;
        const Status status = queue->submit(request, command, more);
        if (status != Status::WouldBlock && status != Status::BadPacket)
            return status;
        queue->commit(); // full of what the host has not been shown, perhaps
    }
    // A channel that is rescinded while it is closed tells nobody.
    return !found && lis_vmbus_channel_rescinded(channel_) != 0 ? Status::Rescinded : Status::WouldBlock;
}

LIS_ALWAYS_INLINE Status storvsc::submit_to_any(uint32_t cpu, storvsc_request* request, const storvsc_command& command,
                                                bool more) {
    const uint32_t first = spread_.pick(cpu);
    if (Queue* const queue = spread_.at(first)) {
        const Status status = queue->submit(request, command, more);
        if (__builtin_expect(status != Status::WouldBlock && status != Status::BadPacket, 1))
            return status;
        queue->commit();
    }
    return submit_elsewhere(first, request, command, more);
}

LIS_ALWAYS_INLINE Status storvsc::submit(uint32_t cpu, storvsc_request* request, const storvsc_command& command, bool more) {
    if (__builtin_expect(lis::atomic_load(&gone_) != 0, 0))
        return Status::Rescinded;
    if (storvsc_core::is_refused(limits_.version, command.cdb[0]))
        return Status::Unsupported;
    if (__builtin_expect(command.data_bytes > limits_.transfer_bytes, 0))
        return Status::Invalid;
    const Status status = submit_to_any(cpu, request, command, more);
    if (__builtin_expect(more, 0))
        lis::atomic_store(&batch_, 1u, __ATOMIC_RELEASE);
    else if (__builtin_expect(lis::atomic_load(&batch_) != 0, 0))
        commit_pinned(); // the batch may have begun on another CPU, in another queue
    return status;
}

int32_t storvsc_queue(struct storvsc* controller, uint32_t cpu, struct storvsc_request* request,
                      const struct storvsc_command* command, uint32_t more) {
    const Status status = controller->submit(cpu, request, *command, more != 0);
    return __builtin_expect(status == Status::Ok, 1) ? 0 : lis::to_errno(status);
}
