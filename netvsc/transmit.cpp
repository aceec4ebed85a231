// SPDX-License-Identifier: GPL-2.0-only
// Frames to the host (protocol.md 6.5). Those that fit are copied to a section of the send
// buffer, several to a message while more follow; of the others the section has the RNDIS
// header, and the host reads the frame where it is.
#include "queue.hpp"

namespace netvsc_core {

using hyperv::PacketType;
using lis::RingEnvelope;
using lis::Signal;

namespace {

const uint32_t kPage = 4096;
// The one size that every host takes (protocol.md 6.1).
const uint32_t kMessageBytes = hyperv::kNvspMessageBytes61;
// Room for the longest list of ranges that is usual, and some completions.
const uint32_t kRoomWanted = 2048;

struct SectionMessage {
    hyperv::NvspRndisPacket packet;
    unsigned char padding[kMessageBytes - sizeof(hyperv::NvspRndisPacket)];
};
static_assert(sizeof(SectionMessage) == kMessageBytes, "no padding but ours");

LIS_ALWAYS_INLINE void write_message(unsigned char* at, uint64_t id, uint32_t used) {
    SectionMessage message = {};
    message.packet.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket));
    message.packet.channel_type.set(hyperv::kNvspChannelData);
    message.packet.section_index.set(SendSections::number_of(id));
    message.packet.section_bytes.set(used);
    lis::copy_words_out(at, &message, sizeof message);
}

uint32_t pages_of(const netvsc_range& range) {
    return (range.offset + range.bytes + kPage - 1) / kPage;
}

unsigned char* write_range(unsigned char* at, const netvsc_range& range) {
    hyperv::GpaRange head = {};
    head.byte_count.set(range.bytes);
    head.byte_offset.set(range.offset);
    lis::copy_words_out(at, &head, sizeof head);
    at += sizeof head;
    uint64_t frame = range.frame;
    for (uint32_t left = pages_of(range); left != 0; left--, frame++, at += sizeof frame)
        lis::copy_out(at, &frame, sizeof frame);
    return at;
}

} // namespace

Result<netvsc_sent> Queue::transmit(const netvsc_frame& frame, bool more) {
    if (__builtin_expect(lis::atomic_load(&closed_, __ATOMIC_ACQUIRE) != 0, 0))
        return Status::Rescinded;
    if (__builtin_expect(frame.bytes < NETVSC_FRAME_HEADER || frame.bytes > NETVSC_FRAME_LIMIT, 0))
        return frame.bytes > NETVSC_FRAME_LIMIT ? Status::TooBig : Status::Invalid;
    const uint32_t header = header_bytes(frame);
    const Result<netvsc_sent> sent = header + frame.bytes <= buffers_->sections.bytes()
                                         ? copy_frame(frame, header, more)
                                         : hold_frame(frame, header);
    if (__builtin_expect(!sent.ok() || (!more && batch_ != 0), 0))
        flush();
    return sent;
}

void Queue::flush() {
    if (batch_ != 0)
        send_batch();
}

// ---- copied ----

Status Queue::open_batch() {
    if (__builtin_expect(crowded_ != 0 && !has_room(), 0)) {
        lis::count(&counters_->send_full);
        return Status::WouldBlock;
    }
    const Result<uint64_t> id = buffers_->sections.take(nullptr);
    if (__builtin_expect(!id.ok(), 0)) {
        lis::count(&counters_->send_no_section);
        return id.status();
    }
    batch_ = id.value();
    batch_used_ = 0;
    batch_messages_ = 0;
    return Status::Ok;
}

Result<netvsc_sent> Queue::copy_frame(const netvsc_frame& frame, uint32_t header, bool more) {
    const Buffers& buffers = *buffers_;
    const uint32_t bytes = header + frame.bytes;
    if (batch_ != 0 && batch_used_ + bytes > buffers.sections.bytes())
        send_batch();
    if (batch_ == 0)
        LIS_TRY(open_batch());
    uint32_t padding = 0;
    if (more) {
        padding = (0 - bytes) & (buffers.alignment - 1);
        more = batch_messages_ + 1 < buffers.batch_limit && batch_used_ + bytes + padding < buffers.sections.bytes();
        if (!more)
            padding = 0;
    }
    unsigned char* const at = buffers.sections.at(batch_) + batch_used_;
    write_header(at, frame, header, padding);
    netvsc_shim_copy(frame.packet, at + header);
    batch_used_ += bytes + padding;
    batch_messages_++;
    if (!more)
        send_batch();
    return NETVSC_COPIED;
}

// With no room the frames in it are lost: their senders have them no more. open_batch() sees to
// it that this is rare.
void Queue::send_batch() {
    const uint64_t id = batch_;
    const uint32_t used = batch_used_;
    batch_ = 0;
    const RingEnvelope envelope = {PacketType::InBand, true, id, kMessageBytes, 0};
    const Result<Signal> sent = writer_.send_built(envelope, [&](unsigned char* at) {
        write_message(at, id, used);
        buffers_->sections.arm(id); // a host that guesses ids finds nothing before
    });
    if (__builtin_expect(sent.ok(), 1))
        return signal_if(sent.value());
    buffers_->sections.cancel(id);
    crowded_ = 1;
    for (uint32_t left = batch_messages_; left != 0; left--)
        lis::count(&counters_->send_dropped);
    static_cast<void>(judge_send(sent.status()));
    on_sections_free(*owner_);
}

// ---- held ----

Result<netvsc_sent> Queue::hold_frame(const netvsc_frame& frame, uint32_t header) {
    if (batch_ != 0)
        send_batch(); // frames stay in order
    if (__builtin_expect(crowded_ != 0 && !has_room(), 0)) {
        lis::count(&counters_->send_full);
        return Status::WouldBlock;
    }
    netvsc_range ranges[NETVSC_RANGE_LIMIT];
    const uint32_t count = netvsc_shim_ranges(frame.packet, ranges, NETVSC_RANGE_LIMIT);
    if (count == 0)
        return Status::TooBig;
    LIS_TRY(hold_ranges(frame, header, ranges, count));
    return NETVSC_HELD;
}

Status Queue::hold_ranges(const netvsc_frame& frame, uint32_t header, const netvsc_range* ranges, uint32_t count) {
    uint32_t extension = sizeof(hyperv::GpaDirectHeader);
    for (uint32_t i = 0; i < count; i++)
        extension += static_cast<uint32_t>(sizeof(hyperv::GpaRange)) + pages_of(ranges[i]) * 8;
    const Result<uint64_t> taken = buffers_->sections.take(frame.packet);
    if (__builtin_expect(!taken.ok(), 0)) {
        lis::count(&counters_->send_no_section);
        return taken.status();
    }
    const uint64_t id = taken.value();
    write_header(buffers_->sections.at(id), frame, header, 0);

    const RingEnvelope envelope = {PacketType::GpaDirect, true, id, extension + kMessageBytes, extension};
    const Result<Signal> sent = writer_.send_built(envelope, [&](unsigned char* at) {
        hyperv::GpaDirectHeader head = {};
        head.range_count.set(count);
        lis::copy_words_out(at, &head, sizeof head);
        at += sizeof head;
        for (uint32_t i = 0; i < count; i++)
            at = write_range(at, ranges[i]);
        write_message(at, id, header);
        buffers_->sections.arm(id);
    });
    if (__builtin_expect(sent.ok(), 1)) {
        signal_if(sent.value());
        return Status::Ok;
    }
    buffers_->sections.cancel(id);
    if (sent.status() == Status::WouldBlock) {
        crowded_ = 1;
        lis::count(&counters_->send_full);
    }
    on_sections_free(*owner_);
    return judge_send(sent.status());
}

// ---- stop and wake ----

// False: the host was asked to signal when there is. One that forgets is why the adapter
// looks again after a while.
bool Queue::has_room() {
    lis::SpinGuard guard(space_lock_);
    const uint32_t wanted = kRoomWanted < writer_.limit() ? kRoomWanted : writer_.limit();
    if (!writer_.want_space(wanted))
        return false;
    crowded_ = 0;
    return true;
}

// waits_ before the look: who frees sections looks at it after that.
bool Queue::ready() {
    static_cast<void>(lis::atomic_fetch_or(&waits_, 1u));
    on_waiting(*owner_);
    if (is_closed() || buffers_->sections.outstanding() == buffers_->sections.count() || !has_room())
        return false;
    static_cast<void>(lis::atomic_compare_exchange(&waits_, 1u, 0u)); // woken already: as good
    return true;
}

// Not for one section: a queue that wakes for each frame is stopped for each.
void Queue::wake_if_room() {
    if (lis::atomic_load(&waits_) == 0 || is_closed())
        return;
    const uint32_t count = buffers_->sections.count();
    if (buffers_->sections.outstanding() > count - (count + 3) / 4 || !has_room())
        return;
    if (lis::atomic_compare_exchange(&waits_, 1u, 0u))
        netvsc_shim_wake(context_, number_);
}

} // namespace netvsc_core
