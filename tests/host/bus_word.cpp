// SPDX-License-Identifier: GPL-2.0-only
// A host that lies keeps its word all the same: memory that it says it has let go of
// it does not touch again, and the guest may free that and nothing else.
#include "bus.hpp"

#include <algorithm>
#include <cstring>

namespace host {

using hyperv::MessageType;

namespace {

template <typename T>
bool parse(const std::vector<unsigned char>& bytes, T* message) {
    if (bytes.size() < sizeof *message) return false;
    memcpy(message, bytes.data(), sizeof *message);
    return true;
}

} // namespace

void Bus::let_go(uint32_t handle) {
    auto found = gpadls_.find(handle);
    if (found == gpadls_.end()) return;
    for (auto& entry : channels_)
        if (entry.second->is_open() && entry.second->ring_gpadl_ == handle) close(*entry.second);
    gpadls_.erase(handle);
}

void Bus::keep_word(const Bytes& bytes) {
    hyperv::MessageHeader header;
    if (!parse(bytes, &header)) return;
    switch (static_cast<MessageType>(header.type.get())) {
    case MessageType::GpadlTorndown: {
        hyperv::GpadlTorndown torndown;
        if (parse(bytes, &torndown)) let_go(torndown.gpadl.get());
        break;
    }
    case MessageType::GpadlCreated: {
        hyperv::GpadlCreated created;
        if (!parse(bytes, &created)) break;
        auto found = gpadls_.find(created.gpadl.get());
        // The guest may be told before its request is here: then it is refused when it comes.
        if (found == gpadls_.end() && created.status.get() != 0) refused_early_.insert(created.gpadl.get());
        if (found == gpadls_.end()) break;
        if (created.status.get() == 0) found->second->told = true;
        else if (!found->second->told) let_go(created.gpadl.get());
        break;
    }
    case MessageType::VersionResponse: {
        hyperv::VersionResponse response = {};
        if (bytes.size() < 10 || !contact_unanswered_) break;
        memcpy(&response, bytes.data(), std::min(bytes.size(), sizeof response));
        contact_unanswered_ = false;
        if (response.supported == 0) reset();
        leave_limbo();
        break;
    }
    case MessageType::UnloadResponse:
        if (unload_unanswered_) leave_limbo();
        unload_unanswered_ = false;
        break;
    default: break;
    }
}

} // namespace host
