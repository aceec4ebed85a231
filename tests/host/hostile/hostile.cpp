// SPDX-License-Identifier: GPL-2.0-only
// Attacks by control messages and events; those in rings are in hostile_ring.cpp.
#include "hostile.hpp"

#include "hostile_ring.hpp"

#include <hyperv/vmbus.h>

#include <cstring>

namespace host {

using hyperv::MessageType;

namespace {

const size_t kRemembered = 64;
const size_t kLargest = 240;
const uint32_t kTypes = 30; // and some that nobody knows
const uint32_t kFlags = 2048;
const uint32_t kFirstHandle = 0xE1E10; // of Linux guests, and of ours

// Streams that do not look alike for neighbouring seeds.
uint64_t stream(uint64_t seed, uint64_t number) { return Dice(seed * 0x100000001B3u + number).next(); }

void put_word(std::vector<unsigned char>& bytes, size_t at, uint32_t value) {
    if (bytes.size() >= at + sizeof value) memcpy(&bytes[at], &value, sizeof value);
}

} // namespace

void HostileCounts::add_to(Counters& counters) const {
    counters["messages"] += messages;
    counters["packets"] += packets;
    counters["taken"] += taken;
    counters["words"] += words;
    counters["rewrites"] += rewrites;
    counters["events"] += events;
    counters["memory"] += memory;
}

Hostile::Hostile(const HostileOptions& options)
    : options_(options), messages_(stream(options.seed, 1)), events_(stream(options.seed, 2)) {}

uint32_t Hostile::rate_of(uint32_t type) const {
    switch (static_cast<MessageType>(type)) {
    case MessageType::VersionResponse:
    case MessageType::UnloadResponse:
    case MessageType::AllOffersDelivered: return 16 * options_.message_rate;
    default: return options_.message_rate;
    }
}

void Hostile::remember(const std::vector<unsigned char>& bytes) {
    if (sent_.size() == kRemembered) sent_.pop_front();
    sent_.push_back(bytes);
}

void Hostile::spoil_message(Outgoing& message) {
    switch (messages_.below(8)) {
    case 0: put_word(message.bytes, 0, messages_.below(kTypes)); break;
    case 1: message.bytes.resize(messages_.below(static_cast<uint32_t>(message.bytes.size()) + 1)); break;
    case 2: message.bytes.resize(message.bytes.size() + 1 + messages_.below(kLargest), 0xA5); break;
    case 3: message.synic_type = static_cast<uint32_t>(messages_.instead_of(message.synic_type, 32)); break;
    default: messages_.spoil(message.bytes, 8); break;
    }
    // A slot of type 0 is an empty one.
    if (message.synic_type == 0) message.synic_type = 2;
}

// Of a kind that the guest might believe: an answer to somebody else's question, an offer of what exists already.
Outgoing Hostile::invented() {
    Outgoing message;
    if (!sent_.empty() && messages_.once_in(2)) {
        message.bytes = sent_[messages_.below(static_cast<uint32_t>(sent_.size()))];
        if (messages_.once_in(2)) messages_.spoil(message.bytes, 8);
    } else {
        message.bytes.resize(24 + messages_.below(kLargest - 24));
        put_word(message.bytes, 0, messages_.below(kTypes));
        put_word(message.bytes, 8, messages_.once_in(2) ? 1 + messages_.below(8) : kFirstHandle + messages_.below(64));
        put_word(message.bytes, 12, messages_.once_in(2) ? 1 + messages_.below(8) : kFirstHandle + messages_.below(64));
        if (messages_.once_in(4)) messages_.spoil(message.bytes, 8);
    }
    if (message.bytes.size() >= 4) memcpy(&message.type, message.bytes.data(), 4);
    return message;
}

Hostile::Sendings Hostile::message(const Outgoing& message) {
    const std::lock_guard<std::mutex> guard(mutex_);
    remember(message.bytes);
    Sendings honest = {Behaviour::Sending{message, 0, true}};
    const uint32_t rate = rate_of(message.type);
    if (!attacks_ || rate == 0 || !messages_.once_in(rate)) return honest;
    counts.messages++;
    switch (messages_.below(16)) {
    case 0: return {}; // the guest waits for it
    case 1: // twice, or more often
        honest.resize(2 + messages_.below(3), honest[0]);
        return honest;
    case 2: // overtaken
        honest[0].delay_ns = uint64_t{1} << messages_.below(37);
        honest[0].ordered = false;
        return honest;
    case 3:
    case 4: // beside one that nobody asked for
        honest.insert(honest.begin() + messages_.below(2), Behaviour::Sending{invented(), 0, true});
        return honest;
    case 5: { // first a wrong one, then the right one
        Outgoing wrong = message;
        wrong.delivered = nullptr;
        spoil_message(wrong);
        honest.insert(honest.begin(), Behaviour::Sending{wrong, 0, true});
        return honest;
    }
    default:
        honest[0].message.delivered = nullptr;
        spoil_message(honest[0].message);
        return honest;
    }
}

std::vector<uint32_t> Hostile::event(uint32_t flag) {
    if (!attacks_ || options_.event_rate == 0) return {flag};
    const std::lock_guard<std::mutex> guard(mutex_);
    if (!events_.once_in(options_.event_rate)) return {flag};
    counts.events++;
    switch (events_.below(8)) {
    case 0: return {};
    case 1: return {events_.below(kFlags)};
    default: return {events_.below(kFlags), flag, 1 + events_.below(16), 0};
    }
}

void Hostile::memory(void* bytes, size_t size) {
    if (!attacks_ || options_.packet_rate == 0 || size == 0) return;
    const std::lock_guard<std::mutex> guard(mutex_);
    if (!events_.once_in(options_.packet_rate)) return;
    unsigned char& byte = static_cast<unsigned char*>(bytes)[events_.next() % size];
    byte = static_cast<unsigned char>(events_.instead_of(byte, 8));
    counts.memory++;
}

std::unique_ptr<RingTamper> Hostile::ring() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return std::unique_ptr<RingTamper>(new HostileRing(*this, stream(options_.seed, 16 + rings_++)));
}

} // namespace host
