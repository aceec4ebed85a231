// SPDX-License-Identifier: GPL-2.0-only
// The synthetic keyboard (protocol.md 8.2): one question to the host, then its key
// events become scan codes of set 1.
//
// Contexts: as lis/message_channel.hpp. Phase is changed by start and stop while the
// softirq does not run or waits for nothing, and by the softirq where an answer is due.
#include "hyperv_keyboard_core.h"

#include <hyperv/input.h>
#include <lis/memory.hpp>
#include <lis/message_channel.hpp>
#include <lis/reader.hpp>

using lis::Result;
using lis::Span;
using lis::Status;

namespace {

const uint32_t kRingPages = 10; // what hosts see of other guests
const uint32_t kPayloadBytes = 256;
const uint32_t kAnswerMs = 10000;

const uint8_t kPrefixE0 = 0xE0;
const uint8_t kPrefixE1 = 0xE1;
const uint8_t kRelease = 0x80; // set in the code of a key that goes up

enum class Phase : uint32_t {
    Idle,    // nothing is expected of the host
    Asked,   // it owes the answer
    Refused, // it has said no
    Running,
};

} // namespace

struct hyperv_keyboard {
public:
    hyperv_keyboard() : context_(nullptr), phase_(static_cast<uint32_t>(Phase::Idle)), messages_(*this) {}
    hyperv_keyboard(const hyperv_keyboard&) = delete;
    hyperv_keyboard& operator=(const hyperv_keyboard&) = delete;

    LIS_MUST_USE Status init(lis_vmbus_channel* channel, void* context) {
        context_ = context;
        return messages_.init(channel, "hyperv_keyboard");
    }
    int32_t start();
    void stop();

    void take(Span payload); // MessageChannel's

private:
    LIS_MUST_USE Status agree();
    void take_answer(Span message);
    void take_event(Span message);
    void bad_message() { messages_.drop(LIS_VMBUS_DROP_PAYLOAD); }

    Phase phase() const { return static_cast<Phase>(lis::atomic_load(&phase_, __ATOMIC_ACQUIRE)); }
    void set_phase(Phase phase) { lis::atomic_store(&phase_, static_cast<uint32_t>(phase), __ATOMIC_RELEASE); }

    void* context_; // the shim's
    uint32_t phase_; // Phase
    lis::MessageChannel<hyperv_keyboard, kPayloadBytes> messages_;
};

int32_t hyperv_keyboard::start() {
    const int32_t result = messages_.start(kRingPages);
    if (result != 0)
        return result;
    const Status status = agree();
    if (status != Status::Ok)
        stop();
    return lis::to_errno(status);
}

void hyperv_keyboard::stop() {
    messages_.stop();
    set_phase(Phase::Idle);
}

Status hyperv_keyboard::agree() {
    hyperv::KeyboardRequest request = {};
    request.type.set(static_cast<uint32_t>(hyperv::KeyboardType::ProtocolRequest));
    request.version.set(hyperv::kKeyboardVersion);
    set_phase(Phase::Asked);
    LIS_TRY(messages_.send(Span(&request, sizeof request)));
    LIS_TRY(messages_.wait_until([this] { return phase() != Phase::Asked; }, kAnswerMs));
    return phase() == Phase::Running ? Status::Ok : Status::Refused;
}

// ---- what the host sends; softirq ----

void hyperv_keyboard::take(Span payload) {
    const Result<lis::Le32> type = lis::ByteReader(payload).read<lis::Le32>();
    if (!type.ok())
        return bad_message();
    switch (static_cast<hyperv::KeyboardType>(type.value().get())) {
    case hyperv::KeyboardType::ProtocolResponse:
        return take_answer(payload);
    case hyperv::KeyboardType::Event:
        return take_event(payload);
    case hyperv::KeyboardType::ProtocolRequest:
    case hyperv::KeyboardType::SetLeds:
        break; // not for us
    }
    bad_message();
}

void hyperv_keyboard::take_answer(Span message) {
    const Result<hyperv::KeyboardResponse> answer = lis::ByteReader(message).read<hyperv::KeyboardResponse>();
    if (!answer.ok() || phase() != Phase::Asked)
        return bad_message();
    const bool accepted = (answer.value().status.get() & hyperv::kKeyboardAccepted) != 0;
    set_phase(accepted ? Phase::Running : Phase::Refused);
    messages_.wake();
}

void hyperv_keyboard::take_event(Span message) {
    const Result<hyperv::KeyboardEvent> event = lis::ByteReader(message).read<hyperv::KeyboardEvent>();
    if (!event.ok() || phase() != Phase::Running)
        return bad_message();
    const uint32_t flags = event.value().flags.get();
    const uint16_t code = event.value().code.get();
    if ((flags & hyperv::kKeyUnicode) != 0)
        return; // a character: there is no key that it belongs to
    const uint32_t prefixes = flags & (hyperv::kKeyE0 | hyperv::kKeyE1);
    if (code == 0 || code >= kRelease || prefixes == (hyperv::kKeyE0 | hyperv::kKeyE1))
        return bad_message();

    uint8_t codes[2];
    uint32_t count = 0;
    if (prefixes != 0)
        codes[count++] = prefixes == hyperv::kKeyE0 ? kPrefixE0 : kPrefixE1;
    const bool press = (flags & hyperv::kKeyBreak) == 0;
    codes[count++] = static_cast<uint8_t>(press ? code : code | kRelease);
    hyperv_keyboard_shim_key(context_, codes, count, press ? 1 : 0);
}

// ---- for the shim ----

struct hyperv_keyboard* hyperv_keyboard_create(struct lis_vmbus_channel* channel, void* context) {
    hyperv_keyboard* const keyboard = lis::create<hyperv_keyboard>();
    if (keyboard == nullptr)
        return nullptr;
    if (keyboard->init(channel, context) != Status::Ok) {
        lis::destroy(keyboard);
        return nullptr;
    }
    return keyboard;
}

void hyperv_keyboard_destroy(struct hyperv_keyboard* keyboard) {
    lis::destroy(keyboard);
}

int32_t hyperv_keyboard_start(struct hyperv_keyboard* keyboard) {
    return keyboard->start();
}

void hyperv_keyboard_stop(struct hyperv_keyboard* keyboard) {
    keyboard->stop();
}
