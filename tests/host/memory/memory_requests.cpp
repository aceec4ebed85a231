// SPDX-License-Identifier: GPL-2.0-only
// What the host asks of a guest with dynamic memory, one thing at a time.
#include "memory_device.hpp"

#include <algorithm>
#include <cstring>

namespace host {

using hyperv::DmType;

namespace {

const uint64_t kPagesInMib = 256;
const uint64_t kBalloonUnit = 512; // pages; hosts ask for whole 2 MiB
const uint64_t kRangePages = (1u << 24) - 1;

hyperv::DmRange wire(PageRange range) {
    hyperv::DmRange made;
    made.pages.set(range.first | range.count << hyperv::kDmRangeCountShift);
    return made;
}

} // namespace

template <typename Message>
Message MemoryDevice::make(DmType type) {
    Message message = {};
    message.header.type.set(static_cast<uint16_t>(type));
    message.header.size.set(sizeof message);
    message.header.transaction_id.set(++transaction_);
    return message;
}

template hyperv::DmAnswer MemoryDevice::make(DmType);
template hyperv::DmInfo MemoryDevice::make(DmType);

void MemoryDevice::send(const void* message, size_t size) {
    const unsigned char* const bytes = static_cast<const unsigned char*>(message);
    queue_.push_back(Bytes(bytes, bytes + size));
    write_queued();
}

void MemoryDevice::write_queued() {
    while (channel_ && !queue_.empty()) {
        const Bytes& next = queue_.front();
        const RingResult result = channel_->write(kPacketInBand, 0, 0, next);
        if (result == RingResult::Full) {
            const uint32_t bytes = static_cast<uint32_t>(next.size()) + 32;
            channel_->outgoing().want_space(bytes);
            if (channel_->outgoing().free_bytes() < bytes) return; // the guest signals when there is room
            continue;
        }
        if (result == RingResult::Corrupt) violation("a ring that makes no sense");
        queue_.pop_front();
    }
    if (channel_ && channel_->is_open()) channel_->outgoing().want_space(0);
}

std::string MemoryDevice::why_not() const {
    if (state_ < State::Idle) return "the guest has no driver for dynamic memory";
    if (state_ != State::Idle) return "the last request is not answered yet";
    return "";
}

// A guest says it as a power of two of MiB.
uint64_t MemoryDevice::alignment_pages() const {
    return kPagesInMib << (capabilities_ >> hyperv::kDmAlignmentShift & hyperv::kDmAlignmentMask);
}

std::string MemoryDevice::balloon(uint64_t pages) {
    const std::string reason = why_not();
    if (!reason.empty()) return reason;
    if (!(capabilities_ & hyperv::kDmCanBalloon)) return "the guest has no balloon";
    pages = std::min(pages, options_.most_in_request) / kBalloonUnit * kBalloonUnit;
    if (pages == 0) return "less than 2 MiB";
    asked_ = pages;
    brought_ = answers_ = 0;
    state_ = State::Ballooning;
    auto request = make<hyperv::DmBalloonRequest>(DmType::BalloonRequest);
    request.pages.set(static_cast<uint32_t>(pages));
    send(&request, sizeof request);
    return "";
}

std::string MemoryDevice::unballoon(uint64_t pages) {
    const std::string reason = why_not();
    if (!reason.empty()) return reason;
    std::vector<hyperv::DmRange> ranges;
    for (PageRange range : memory_.ballooned.take(pages)) {
        for (; range.count > kRangePages; range.first += kRangePages, range.count -= kRangePages)
            ranges.push_back(wire(PageRange{range.first, kRangePages}));
        ranges.push_back(wire(range));
    }
    if (ranges.empty()) return "there is nothing to give back";
    state_ = State::Unballooning;
    for (size_t at = 0; at < ranges.size();) {
        const size_t count = std::min(options_.ranges_in_message, ranges.size() - at);
        auto request = make<hyperv::DmUnballoonRequest>(DmType::UnballoonRequest);
        const size_t size = sizeof request + count * sizeof ranges[0];
        request.header.size.set(static_cast<uint16_t>(size));
        request.range_count.set(static_cast<uint32_t>(count));
        request.more.set(at + count < ranges.size() ? hyperv::kDmMore : 0);
        Bytes message(size);
        memcpy(message.data(), &request, sizeof request);
        memcpy(message.data() + sizeof request, &ranges[at], count * sizeof ranges[0]);
        send(message.data(), message.size());
        at += count;
    }
    return "";
}

std::string MemoryDevice::hot_add(uint64_t pages, bool region) {
    const std::string reason = why_not();
    if (!reason.empty()) return reason;
    if (!(capabilities_ & hyperv::kDmCanHotAdd)) return "the guest adds no memory";
    if (hot_add_ended_) return "the guest adds no more memory";
    if (pages == 0 || pages > kRangePages) return "no number of pages for one request";
    if (pages > memory_.room.count) return "there is no more memory to add";
    asked_ = pages;
    adding_ = PageRange{memory_.room.first, pages};
    state_ = State::HotAdding;
    struct {
        hyperv::DmHotAddRequest request;
        hyperv::DmRange region;
    } message = {};
    message.request = make<hyperv::DmHotAddRequest>(DmType::HotAddRequest);
    message.request.range = wire(adding_);
    if (region) {
        const uint64_t unit = alignment_pages();
        const uint64_t first = adding_.first / unit * unit;
        const uint64_t end = (adding_.end() + unit - 1) / unit * unit;
        message.region = wire(PageRange{first, end - first});
        message.request.header.size.set(sizeof message);
    }
    send(&message, region ? sizeof message : sizeof message.request);
    return "";
}

std::string MemoryDevice::set_target(uint64_t pages) {
    if (pages > memory_.present.count()) return "the guest has less memory than that: hot-add some first";
    has_target_ = true;
    target_ = pages;
    refused_ = false;
    pursue_target();
    return "";
}

void MemoryDevice::pursue_target() {
    if (!has_target_ || state_ != State::Idle) return;
    const uint64_t now = assigned();
    std::string reason;
    if (now >= target_ + kBalloonUnit)
        reason = balloon(now - target_);
    else if (now < target_)
        reason = unballoon(target_ - now);
    if (!reason.empty()) has_target_ = false;
}

} // namespace host
