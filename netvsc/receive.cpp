// SPDX-License-Identifier: GPL-2.0-only
// What the host sends (protocol.md 6.4): packets that name ranges of the receive buffer, each
// with one RNDIS message. Headers are copied and judged, then the frame is copied once to its
// final memory. A packet is completed when all of it has been copied, whatever it was worth:
// the host has no sections left else.
#include "queue.hpp"

#include <lis/reader.hpp>

namespace netvsc_core {

using hyperv::NvspStatus;
using hyperv::PacketType;
using hyperv::TransferPageHeader;
using hyperv::TransferPageRange;
using lis::ByteReader;
using lis::PacketView;
using lis::RingEnvelope;
using lis::Span;

// ---- polling ----

// A host that keeps the ring full with what is no frame does not keep the CPU either.
uint32_t Queue::poll(uint32_t budget) {
    uint32_t frames = 0;
    if (is_closed())
        return 0;
    uint32_t left = budget * kPacketsForFrame;
    for (; frames < budget && left != 0; left--) {
        const Result<PacketView> packet = reader_.next_start(lis::MutableSpan(packet_, sizeof packet_));
        if (!packet.ok())
            break;
        take(packet.value(), &frames);
    }
    signal_if(reader_.commit());
    send_completions();
    on_sections_free(*owner_);
    return left == 0 || frames > budget ? budget : frames;
}

bool Queue::rearm() {
    if (is_closed())
        return false;
    const bool more = reader_.finish() == lis::Drain::More;
    if (reader_.broken() && !is_broken()) {
        lis_vmbus_channel_drop(channel_, LIS_VMBUS_DROP_RING_INDEX);
        break_off();
    }
    return more && !reader_.broken();
}

LIS_ALWAYS_INLINE void Queue::take(const PacketView& packet, uint32_t* frames) {
    const bool expected = lis::atomic_load(&expects_frames_, __ATOMIC_ACQUIRE) != 0;
    switch (packet.type()) {
    case PacketType::TransferPages:
        if (__builtin_expect(!expected, 0))
            break;
        return take_frames(packet, frames);
    case PacketType::Completion:
        if (__builtin_expect(!expected, 0))
            return on_completion(*owner_, packet.transaction_id(), packet.payload());
        return take_completion(packet);
    case PacketType::InBand:
        return on_message(*owner_, packet.payload());
    case PacketType::GpaDirect:
        break;
    }
    drop(&counters_->receive_bad_packet, LIS_VMBUS_DROP_PACKET_TYPE);
}

// ---- of what was sent ----

// What else the host says of a message cannot bring back its frames.
void Queue::take_completion(const PacketView& packet) {
    void* held = nullptr;
    if (buffers_->sections.complete(packet.transaction_id(), &held) != Status::Ok)
        return on_completion(*owner_, packet.transaction_id(), packet.payload());
    hyperv::NvspRndisPacketComplete message;
    const bool good = packet.payload().size() >= sizeof message;
    if (good)
        __builtin_memcpy(&message, packet.payload().data(), sizeof message);
    if (!good || message.header.type.get() != static_cast<uint32_t>(hyperv::NvspType::SendRndisPacketComplete) ||
        message.status.get() != static_cast<uint32_t>(NvspStatus::Success))
        lis::count(&counters_->send_failed);
    if (held != nullptr)
        netvsc_shim_sent(context_, number_, held);
}

// ---- frames ----

void Queue::take_frames(const PacketView& packet, uint32_t* frames) {
    ByteReader reader(packet.extension());
    TransferPageHeader header;
    lis::Le32 type;
    const bool good = packet.payload().size() >= sizeof type && reader.read_into(&header) == Status::Ok &&
                      header.set_id.get() == hyperv::kNvspReceiveBufferId &&
                      reader.remaining() / sizeof(TransferPageRange) >= header.range_count.get();
    if (good)
        __builtin_memcpy(&type, packet.payload().data(), sizeof type);
    if (!good || type.get() != static_cast<uint32_t>(hyperv::NvspType::SendRndisPacket)) {
        drop(&counters_->receive_bad_packet, LIS_VMBUS_DROP_PAYLOAD);
    } else {
        for (uint32_t left = header.range_count.get(); left != 0; left--) {
            TransferPageRange range;
            if (reader.read_into(&range) != Status::Ok)
                break; // not reached: there are as many
            take_range(range, frames);
        }
    }
    if (in_row_) {
        end_row();
        lis::count(&counters_->receive_bad_row);
    }
    if (packet.completion_requested())
        owe_completion(packet.transaction_id());
}

void Queue::take_range(const TransferPageRange& range, uint32_t* frames) {
    const uint32_t offset = range.byte_offset.get();
    const uint32_t bytes = range.byte_count.get();
    if (offset > buffers_->receive_bytes || bytes > buffers_->receive_bytes - offset)
        return drop_part(&counters_->receive_bad_range);
    hyperv::RndisHeader header;
    if (bytes < sizeof header)
        return drop_part(&counters_->receive_bad_frame);
    const unsigned char* const message = buffers_->receive + offset;
    lis::copy_in(&header, message, sizeof header);
    if (__builtin_expect(header.type.get() != static_cast<uint32_t>(hyperv::RndisType::Packet), 0))
        return on_control(*owner_, message, bytes, header);
    ReceivedFrame frame;
    if (read_frame(message, bytes, header, &frame) != Status::Ok)
        return drop_part(&counters_->receive_bad_frame);
    take_frame(offset, frame, frames);
}

void Queue::end_row() {
    in_row_ = false;
    row_parts_ = 0;
    row_bytes_ = 0;
}

// And the row that it may have been meant for, which would have a hole.
void Queue::drop_part(uint64_t* counter) {
    if (in_row_) {
        end_row();
        lis::count(&counters_->receive_bad_row);
    }
    drop(counter, LIS_VMBUS_DROP_PAYLOAD);
}

// A coalesced frame comes in parts, of which the first says what is to be said.
void Queue::take_frame(uint32_t offset, const ReceivedFrame& frame, uint32_t* frames) {
    const bool begins = frame.in_row == 0 || frame.is_first != 0;
    if (__builtin_expect(begins == in_row_, 0)) { // within a row, or a part without a beginning
        end_row();
        lis::count(&counters_->receive_bad_row);
        if (!begins)
            return;
    }
    if (begins) {
        arrival_ = netvsc_arrival();
        arrival_.hash = frame.hash;
        arrival_.vlan = frame.vlan;
        arrival_.flags = static_cast<uint16_t>(frame.flags | (frame.in_row != 0 ? NETVSC_ARRIVAL_COALESCED : 0));
        in_row_ = true;
    }
    if (row_parts_ == kRowLimit || frame.data_bytes > NETVSC_FRAME_LIMIT - row_bytes_) {
        end_row();
        lis::count(&counters_->receive_bad_row);
        return;
    }
    row_[row_parts_].offset = offset + frame.data_offset;
    row_[row_parts_].bytes = frame.data_bytes;
    row_parts_++;
    row_bytes_ += frame.data_bytes;
    if (frame.in_row == 0 || frame.is_last != 0)
        deliver(frames);
}

void Queue::deliver(uint32_t* frames) {
    const uint32_t parts = row_parts_;
    const uint32_t bytes = row_bytes_;
    end_row();
    if (bytes < NETVSC_FRAME_HEADER)
        return drop(&counters_->receive_bad_frame, LIS_VMBUS_DROP_PAYLOAD);
    netvsc_piece pieces[NETVSC_PIECE_LIMIT];
    const uint32_t count = netvsc_shim_memory(context_, number_, bytes, pieces);
    if (count == 0)
        return;
    unsigned char* to = static_cast<unsigned char*>(pieces[0].at);
    uint32_t room = pieces[0].bytes;
    uint32_t piece = 0;
    for (uint32_t part = 0; part < parts; part++) {
        const unsigned char* from = buffers_->receive + row_[part].offset;
        for (uint32_t left = row_[part].bytes; left != 0;) {
            if (room == 0) {
                piece++;
                to = static_cast<unsigned char*>(pieces[piece].at);
                room = pieces[piece].bytes;
            }
            const uint32_t run = left < room ? left : room;
            lis::copy_in(to, from, run);
            to += run;
            from += run;
            room -= run;
            left -= run;
        }
    }
    arrival_.bytes = bytes;
    ++*frames;
    netvsc_shim_receive(context_, number_, &arrival_);
}

// ---- what the host is owed ----

void Queue::owe_completion(uint64_t id) {
    if (owed_.empty() && add_completion(id, NvspStatus::Success) == Status::Ok)
        return;
    lis::count(&counters_->completion_waits);
    if (!owed_.add(id))
        drop(&counters_->receive_bad_packet, LIS_VMBUS_DROP_TRANSACTION); // more packets than it has sections
}

Status Queue::add_completion(uint64_t id, NvspStatus status) {
    hyperv::NvspRndisPacketComplete message = {};
    message.header.type.set(static_cast<uint32_t>(hyperv::NvspType::SendRndisPacketComplete));
    message.status.set(static_cast<uint32_t>(status));
    const RingEnvelope envelope = {PacketType::Completion, false, id, sizeof message, 0};
    const Status added =
        writer_.add_built(envelope, [&](unsigned char* at) { lis::copy_words_out(at, &message, sizeof message); });
    added_ = added_ || added == Status::Ok;
    return judge_send(added);
}

void Queue::send_completions() {
    bool again = true; // once more when there is room now
    while (!owed_.empty()) {
        if (add_completion(owed_.first(), NvspStatus::Success) == Status::Ok)
            owed_.remove_first();
        else if (again && !is_broken() && has_room())
            again = false;
        else
            break;
    }
    if (added_) {
        added_ = false;
        signal_if(writer_.publish());
    }
    if (!owed_.empty())
        on_waiting(*owner_);
}

} // namespace netvsc_core
