// SPDX-License-Identifier: GPL-2.0-only
// Connection and judgement; what the host asks for is in memory_requests.cpp.
#include "memory_device.hpp"

#include <cstring>

namespace host {

using hyperv::DmType;

namespace {

const char kClass[] = "525074dc-8985-46e2-8057-a307dc18a502";

// False: the message is shorter than its fixed part.
template <typename T>
bool parse(const std::vector<unsigned char>& message, T* to) {
    if (message.size() < sizeof *to) return false;
    memcpy(to, message.data(), sizeof *to);
    return true;
}

} // namespace

MemoryDevice::MemoryDevice(const hyperv::Guid& instance, GuestMemory memory, const MemoryOptions& options)
    : instance_(instance), memory_(std::move(memory)), options_(options) {
    if (options_.versions.empty())
        options_.versions = {hyperv::kDmVersion0_3, hyperv::kDmVersion1_0, hyperv::kDmVersion2_0};
}

OfferDescription MemoryDevice::describe() const {
    OfferDescription description;
    description.class_id = guid(kClass);
    description.instance = instance_;
    return description;
}

void MemoryDevice::violation(const std::string& text) { violations_.push_back(text); }

uint32_t MemoryDevice::on_open(Channel& channel) {
    channel_ = &channel;
    state_ = State::Version;
    version_ = 0;
    last_attempt_ = false;
    return 0;
}

// Pages stay where they are: what was ballooned is still the host's when a driver comes back.
void MemoryDevice::on_close(Channel&) {
    channel_ = nullptr;
    state_ = State::Closed;
    queue_.clear();
}

void MemoryDevice::on_signal(Channel& channel) {
    if (!channel.is_open()) return;
    Packet packet;
    RingResult result;
    while ((result = channel.read(packet)) == RingResult::Done) received(packet);
    if (result == RingResult::Corrupt) violation("a ring that makes no sense");
    channel.commit_reads();
    write_queued();
}

void MemoryDevice::count(Counters& counters) const {
    counters["reports"] = pressure_.count;
    counters["ballooned-pages"] = memory_.ballooned.count();
    counters["hot-added-pages"] = hot_added_;
    counters["violations"] = violations_.size();
}

void MemoryDevice::received(const Packet& packet) {
    hyperv::DmHeader header;
    if (packet.type != kPacketInBand || (packet.flags & kCompletionRequested)) {
        violation("a packet that is not in-band, or asks for a completion");
        return;
    }
    if (!parse(packet.payload, &header)) {
        violation("a packet without a whole header");
        return;
    }
    const size_t size = header.size.get();
    if (size < sizeof header || size > packet.payload.size() || size > hyperv::kDmMessageBytes) {
        violation("a message of " + std::to_string(size) + " bytes in a packet of " + std::to_string(packet.payload.size()));
        return;
    }
    const Bytes message(packet.payload.begin(), packet.payload.begin() + static_cast<ptrdiff_t>(size));
    switch (static_cast<DmType>(header.type.get())) {
    case DmType::VersionRequest: version_request(message); break;
    case DmType::Capabilities: capability_report(message); break;
    case DmType::Status: status_report(message); break;
    case DmType::BalloonResponse: balloon_response(message); break;
    case DmType::UnballoonResponse: unballoon_response(); break;
    case DmType::HotAddResponse: hot_add_response(message); break;
    default: violation("unknown message " + std::to_string(header.type.get())); break;
    }
}

void MemoryDevice::version_request(const Bytes& message) {
    hyperv::DmVersionRequest request;
    if (!parse(message, &request) || state_ != State::Version) {
        violation("a version request that is cut short or out of place");
        return;
    }
    if (last_attempt_) violation("a version request after the last one");
    last_attempt_ = (request.last_attempt.get() & 1) != 0;
    const bool accepted = options_.versions.count(request.version.get()) != 0;
    if (accepted) {
        version_ = request.version.get();
        state_ = State::Capabilities;
    }
    auto response = make<hyperv::DmAnswer>(DmType::VersionResponse);
    response.flags.set(accepted ? hyperv::kDmAccepted : 0);
    send(&response, sizeof response);
}

void MemoryDevice::capability_report(const Bytes& message) {
    hyperv::DmCapabilities report;
    if (!parse(message, &report) || state_ != State::Capabilities) {
        violation("capabilities that are cut short or out of place");
        return;
    }
    capabilities_ = report.flags.get();
    auto response = make<hyperv::DmAnswer>(DmType::CapabilitiesResponse);
    if (options_.accepts_capabilities) {
        response.flags.set(hyperv::kDmAccepted | (options_.wants_status ? 0 : hyperv::kDmWantsNoStatus));
        state_ = State::Idle;
    }
    send(&response, sizeof response);
    if (state_ == State::Idle && options_.says_maximum && version_ >= hyperv::kDmVersion1_0) {
        struct {
            hyperv::DmInfo info;
            lis::Le32 type, bytes;
            lis::Le64 pages;
        } maximum = {};
        maximum.info = make<hyperv::DmInfo>(DmType::Info);
        maximum.info.header.size.set(sizeof maximum);
        maximum.info.info_bytes.set(sizeof maximum - sizeof maximum.info);
        maximum.bytes.set(sizeof maximum.pages); // type 0: the most pages that the guest can get
        maximum.pages.set(memory_.present.count() + memory_.room.count);
        send(&maximum, sizeof maximum);
    }
    if (state_ == State::Idle) pursue_target();
}

void MemoryDevice::status_report(const Bytes& message) {
    hyperv::DmStatus status;
    if (!parse(message, &status) || state_ < State::Idle) {
        violation("a pressure report that is cut short or out of place");
        return;
    }
    if (!options_.wants_status) violation("a pressure report that the host did not want");
    pressure_.count++;
    pressure_.available = status.available.get();
    pressure_.committed = status.committed.get();
    if (pressure_.available > memory_.present.count()) violation("more memory is available than the guest has");
}

void MemoryDevice::take(PageRange range) {
    const std::string pages = std::to_string(range.count) + " pages at " + std::to_string(range.first);
    if (range.count == 0) {
        violation("a range of no pages");
    } else if (!memory_.present.has_all(range)) {
        violation("gives " + pages + ", which are not in its memory");
    } else if (!memory_.ballooned.add(range)) {
        violation("gives " + pages + " for the second time");
    } else {
        brought_ += range.count;
        if (memory_.taken) memory_.taken(range);
    }
}

void MemoryDevice::balloon_response(const Bytes& message) {
    hyperv::DmBalloonResponse response;
    if (!parse(message, &response) || state_ != State::Ballooning) {
        violation("a balloon response that is cut short or was not asked for");
        return;
    }
    answers_++;
    const size_t count = response.more_and_count.get() >> 1;
    if (message.size() != sizeof response + count * sizeof(hyperv::DmRange)) {
        violation("a balloon response of " + std::to_string(message.size()) + " bytes with " + std::to_string(count) + " ranges");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        hyperv::DmRange range;
        memcpy(&range, message.data() + sizeof response + i * sizeof range, sizeof range);
        take(PageRange{range.pages.get() & hyperv::kDmRangeFirstMask, range.pages.get() >> hyperv::kDmRangeCountShift});
    }
    if (brought_ > asked_) violation("gives " + std::to_string(brought_) + " pages where " + std::to_string(asked_) + " were asked for");
    if (response.more_and_count.get() & hyperv::kDmMore) return;
    refused_ = brought_ == 0;
    state_ = State::Idle;
    if (refused_) has_target_ = false;
    pursue_target();
}

void MemoryDevice::unballoon_response() {
    if (state_ != State::Unballooning) {
        violation("an unballoon response that was not asked for");
        return;
    }
    state_ = State::Idle;
    pursue_target();
}

void MemoryDevice::hot_add_response(const Bytes& message) {
    hyperv::DmHotAddResponse response;
    if (!parse(message, &response) || state_ != State::HotAdding) {
        violation("a hot-add response that is cut short or was not asked for");
        return;
    }
    state_ = State::Idle;
    uint64_t pages = response.pages.get();
    if (response.result.get() > 1 || (response.result.get() == 0 && pages != 0)) {
        violation("a hot-add response that means nothing");
        pages = 0;
    }
    if (pages > asked_) {
        violation("adds more memory than it was given");
        pages = asked_;
    }
    refused_ = pages == 0;
    // Less than it was given: this is as far as it goes.
    if (response.result.get() == 1 && pages < asked_) hot_add_ended_ = true;
    if (pages != 0) {
        memory_.present.add(PageRange{adding_.first, pages});
        memory_.room.first += pages;
        memory_.room.count -= pages;
        hot_added_ += pages;
        target_ += pages; // that it was given to keep
    }
    pursue_target();
}

} // namespace host
