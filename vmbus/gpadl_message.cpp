// SPDX-License-Identifier: GPL-2.0-only
#include "gpadl_message.hpp"

namespace vmbus {

using hyperv::kGpadlBodyFrames;
using hyperv::kGpadlHeaderFrames;

GpadlMessages::GpadlMessages(uint32_t relid, uint32_t handle, const lis_os_pages* pages)
    : relid_(relid), handle_(handle), pages_(pages), frames_(lis_os_pages_count(pages)) {}

uint32_t GpadlMessages::count() const {
    if (frames_ <= kGpadlHeaderFrames)
        return 1;
    return 1 + (frames_ - kGpadlHeaderFrames + kGpadlBodyFrames - 1) / kGpadlBodyFrames;
}

uint32_t GpadlMessages::put_frames(unsigned char* to, uint32_t first, uint32_t most) const {
    const uint32_t count = frames_ - first < most ? frames_ - first : most;
    for (uint32_t i = 0; i < count; i++) {
        lis::Le64 frame;
        frame.set(lis_os_pages_frame(pages_, first + i));
        __builtin_memcpy(to + i * sizeof frame, &frame, sizeof frame);
    }
    return count * static_cast<uint32_t>(sizeof(lis::Le64));
}

uint32_t GpadlMessages::build(uint32_t index, unsigned char (&message)[hyperv::kMaxMessageBytes]) const {
    __builtin_memset(message, 0, sizeof message);
    if (index == 0) {
        hyperv::GpadlHeader header = hyperv::GpadlHeader();
        header.header.type.set(static_cast<uint32_t>(hyperv::MessageType::GpadlHeader));
        header.relid.set(relid_);
        header.gpadl.set(handle_);
        header.range_bytes.set(static_cast<uint16_t>(sizeof(hyperv::GpaRange) + frames_ * 8));
        header.range_count.set(1);
        hyperv::GpaRange range = hyperv::GpaRange();
        range.byte_count.set(frames_ * hyperv::kPageBytes);
        __builtin_memcpy(message, &header, sizeof header);
        __builtin_memcpy(message + sizeof header, &range, sizeof range);
        const uint32_t fixed = sizeof header + sizeof range;
        return fixed + put_frames(message + fixed, 0, kGpadlHeaderFrames);
    }
    hyperv::GpadlBody body = hyperv::GpadlBody();
    body.header.type.set(static_cast<uint32_t>(hyperv::MessageType::GpadlBody));
    body.gpadl.set(handle_);
    __builtin_memcpy(message, &body, sizeof body);
    const uint32_t first = kGpadlHeaderFrames + (index - 1) * kGpadlBodyFrames;
    const uint32_t fixed = sizeof body;
    return fixed + put_frames(message + fixed, first, kGpadlBodyFrames);
}

} // namespace vmbus
