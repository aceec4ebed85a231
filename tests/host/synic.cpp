// SPDX-License-Identifier: GPL-2.0-only
#include "synic.hpp"

#include <algorithm>
#include <cstring>

namespace host {

namespace {
const uint64_t kFrameShift = 12;
const uint64_t kScanNs = 10000000;
}

void Synic::move_page(uint64_t* kept, uint64_t value) {
    if (*kept & hyperv::kPageEnable) platform_.page_released(*kept >> kFrameShift);
    *kept = value;
    if (value & hyperv::kPageEnable) platform_.page_held(value >> kFrameShift);
}

void Synic::msr_written(uint32_t vp_index, uint32_t msr, uint64_t value) {
    Vp& vp = vps_[vp_index];
    switch (msr) {
    case hyperv::kMsrScontrol: vp.scontrol = value; break;
    case hyperv::kMsrSimp: move_page(&vp.simp, value); break;
    case hyperv::kMsrSiefp: move_page(&vp.siefp, value); break;
    case hyperv::kMsrEom: {
        end_of_messages_++;
        bool waiting = false;
        for (auto& queue : vp.queues) waiting = waiting || !queue.second.empty();
        if (!waiting) needless_eoms_++;
        for (auto& queue : vp.queues) deliver(vp_index, queue.first);
        look_for_waiting(vp_index);
        break;
    }
    default: break;
    }
}

hyperv::SynicMessage* Synic::slot(uint32_t vp_index, uint32_t sint) {
    const uint64_t simp = vps_[vp_index].simp;
    if (!(simp & hyperv::kPageEnable)) return nullptr;
    void* const page = platform_.page(simp >> kFrameShift);
    return page ? static_cast<hyperv::SynicMessage*>(page) + sint : nullptr;
}

bool Synic::ready(uint32_t vp_index) const {
    auto found = vps_.find(vp_index);
    return found != vps_.end() && (found->second.scontrol & hyperv::kScontrolEnable) &&
           (found->second.simp & hyperv::kPageEnable);
}

void Synic::post(uint32_t vp_index, uint32_t sint, uint32_t type, const std::vector<unsigned char>& payload,
                 std::function<void()> delivered) {
    std::deque<Message>& queue = vps_[vp_index].queues[sint];
    queue.push_back(Message{type, payload, std::move(delivered)});
    // What waits already is in front, and an EOM is due for it.
    if (queue.size() == 1) deliver(vp_index, sint);
    look_for_waiting(vp_index);
}

void Synic::look_for_waiting(uint32_t vp_index) {
    Vp& vp = vps_[vp_index];
    bool waiting = false;
    for (auto& queue : vp.queues) waiting = waiting || !queue.second.empty();
    if (waiting == vp.waiting) return;
    vp.waiting = waiting;
    platform_.end_of_message_wanted(vp_index, waiting);
}

void Synic::deliver(uint32_t vp_index, uint32_t sint) {
    std::deque<Message>& queue = vps_[vp_index].queues[sint];
    hyperv::SynicMessage* const to = slot(vp_index, sint);
    const bool listens = ready(vp_index) && to;
    for (; !listens && !queue.empty(); queue.pop_front()) {
        platform_.log("message for VP " + std::to_string(vp_index) + ", whose SynIC is off, dropped");
        dropped_++;
    }
    if (queue.empty()) return;
    if (__atomic_load_n(&to->type, __ATOMIC_SEQ_CST) != hyperv::kSynicMessageNone) {
        __atomic_fetch_or(&to->flags, hyperv::kSynicMessagePending, __ATOMIC_SEQ_CST);
        // The guest may have emptied the slot before it could see the flag.
        if (__atomic_load_n(&to->type, __ATOMIC_SEQ_CST) != hyperv::kSynicMessageNone) {
            if (lenient) platform_.after(kScanNs, [this, vp_index, sint] { deliver(vp_index, sint); });
            return;
        }
    }
    Message message = std::move(queue.front());
    queue.pop_front();
    const size_t size = std::min(message.payload.size(), sizeof to->payload);
    memset(to->payload, 0, sizeof to->payload);
    std::copy_n(message.payload.begin(), size, to->payload);
    to->payload_bytes = static_cast<unsigned char>(std::min<size_t>(message.payload.size(), 255));
    to->sender.set(0);
    __atomic_store_n(&to->flags, queue.empty() ? 0 : hyperv::kSynicMessagePending, __ATOMIC_SEQ_CST);
    __atomic_store_n(&to->type, message.type, __ATOMIC_SEQ_CST);
    platform_.raise_sint(vp_index, sint);
    if (message.delivered) message.delivered();
}

void Synic::set_event_flag(uint32_t vp_index, uint32_t sint, uint32_t flag) {
    const auto found = vps_.find(vp_index);
    const uint64_t siefp = found == vps_.end() ? 0 : found->second.siefp;
    if (!(siefp & hyperv::kPageEnable) || !(found->second.scontrol & hyperv::kScontrolEnable)) {
        platform_.log("event for VP " + std::to_string(vp_index) + ", whose SynIC is off, dropped");
        dropped_++;
        return;
    }
    char* const page = static_cast<char*>(platform_.page(siefp >> kFrameShift));
    if (!page || flag >= hyperv::kEventFlagsBytes * 8) return;
    uint32_t* const words = reinterpret_cast<uint32_t*>(page + sint * hyperv::kEventFlagsBytes);
    const uint32_t bit = 1u << (flag % 32);
    const uint32_t before = __atomic_fetch_or(&words[flag / 32], bit, __ATOMIC_SEQ_CST);
    if (!(before & bit)) platform_.raise_sint(vp_index, sint);
}

void Synic::drop_queued() {
    for (auto& vp : vps_) {
        for (auto& queue : vp.second.queues) queue.second.clear();
        look_for_waiting(vp.first);
    }
}

size_t Synic::queued() const {
    size_t count = 0;
    for (auto& vp : vps_)
        for (auto& queue : vp.second.queues) count += queue.second.size();
    return count;
}

} // namespace host
