// SPDX-License-Identifier: GPL-2.0-only
// The synthetic mouse (protocol.md 8.3): agrees on a version, is told what HID device
// it is, acknowledges that, and hands reports on without looking into them.
//
// Contexts: as lis/message_channel.hpp. Phase and offered_ are the softirq's from Asked
// until it is Refused, Malformed or Described, and start's otherwise.
#include "hid_hyperv_core.h"

#include <hyperv/input.h>
#include <lis/memory.hpp>
#include <lis/message_channel.hpp>
#include <lis/reader.hpp>

#include "device_info.hpp"

using lis::Result;
using lis::Span;
using lis::Status;

namespace {

const uint32_t kRingPages = 10; // what hosts see of other guests
const uint32_t kAnswerMs = 5000;
const uint32_t kPayloadBytes = HID_HYPERV_DESCRIPTOR_LIMIT + 512; // 255 at most are a HID descriptor

static_assert(HID_HYPERV_REPORT_LIMIT <= HID_HYPERV_DESCRIPTOR_LIMIT, "both fit a payload");
static_assert(HID_HYPERV_VENDOR == hyperv::kMouseVendor && HID_HYPERV_PRODUCT == hyperv::kMouseProduct &&
                  HID_HYPERV_RANGE == hyperv::kMouseRange,
              "the border repeats them for the shim");

enum class Phase : uint32_t {
    Idle,      // nothing is expected of the host
    Asked,     // it owes the answer
    Refused,   // it has said no
    Approved,  // it owes the description
    Malformed, // a description that makes no sense
    Described, // offered_ is complete
    Running,   // attached and acknowledged
};

} // namespace

struct hid_hyperv {
public:
    hid_hyperv()
        : context_(nullptr), phase_(static_cast<uint32_t>(Phase::Idle)), is_attached_(false), attached_(), offered_(),
          messages_(*this) {}
    hid_hyperv(const hid_hyperv&) = delete;
    hid_hyperv& operator=(const hid_hyperv&) = delete;

    LIS_MUST_USE Status init(lis_vmbus_channel* channel, void* context) {
        context_ = context;
        return messages_.init(channel, "hid_hyperv");
    }
    int32_t start();
    void stop();

    void take(Span payload); // MessageChannel's

private:
    LIS_MUST_USE Status agree();
    LIS_MUST_USE int32_t attach();
    LIS_MUST_USE Status acknowledge();
    void take_answer(Span data);
    void take_info(Span data);
    void take_report(Span data);
    void bad_message() { messages_.drop(LIS_VMBUS_DROP_PAYLOAD); }

    Phase phase() const { return static_cast<Phase>(lis::atomic_load(&phase_, __ATOMIC_ACQUIRE)); }
    void set_phase(Phase phase) { lis::atomic_store(&phase_, static_cast<uint32_t>(phase), __ATOMIC_RELEASE); }
    void answered(Phase phase) {
        set_phase(phase);
        messages_.wake();
    }

    void* context_; // the shim's
    uint32_t phase_; // Phase
    bool is_attached_;
    hid_hyperv_description attached_;
    hid_hyperv_description offered_;
    lis::MessageChannel<hid_hyperv, kPayloadBytes> messages_;
};

int32_t hid_hyperv::start() {
    int32_t result = messages_.start(kRingPages);
    if (result != 0)
        return result;
    result = lis::to_errno(agree());
    if (result == 0)
        result = attach();
    if (result == 0)
        result = lis::to_errno(acknowledge());
    if (result != 0)
        stop();
    return result;
}

void hid_hyperv::stop() {
    messages_.stop();
    set_phase(Phase::Idle);
}

Status hid_hyperv::agree() {
    hyperv::MouseRequest request = {};
    request.pipe.type.set(hyperv::kPipeData);
    request.pipe.size.set(sizeof request - sizeof request.pipe);
    request.header.type.set(static_cast<uint32_t>(hyperv::MouseType::ProtocolRequest));
    request.header.size.set(sizeof request.version);
    request.version.set(hyperv::kMouseVersion);
    set_phase(Phase::Asked);
    LIS_TRY(messages_.send(Span(&request, sizeof request)));
    LIS_TRY(messages_.wait_until([this] { return phase() != Phase::Asked; }, kAnswerMs));
    if (phase() == Phase::Refused)
        return Status::Refused;
    LIS_TRY(messages_.wait_until([this] { return phase() != Phase::Approved; }, kAnswerMs));
    return phase() == Phase::Described ? Status::Ok : Status::BadPacket;
}

int32_t hid_hyperv::attach() {
    if (is_attached_) {
        if (hid_hyperv_core::same_device(attached_, offered_))
            return 0;
        lis_os_log(LIS_OS_LOG_ERROR, "the host has another mouse now: bind it again");
        return lis::to_errno(Status::Protocol);
    }
    attached_ = offered_;
    const int32_t result = hid_hyperv_shim_attach(context_, &attached_);
    is_attached_ = result == 0;
    return result;
}

Status hid_hyperv::acknowledge() {
    hyperv::MouseInfoAck message = {};
    message.pipe.type.set(hyperv::kPipeData);
    message.pipe.size.set(sizeof message - sizeof message.pipe);
    message.header.type.set(static_cast<uint32_t>(hyperv::MouseType::DeviceInfoAck));
    message.header.size.set(sizeof message.reserved);
    set_phase(Phase::Running); // the host may begin at once
    return messages_.send(Span(&message, sizeof message));
}

// ---- what the host sends; softirq ----

void hid_hyperv::take(Span payload) {
    lis::ByteReader reader(payload);
    const Result<hyperv::PipeHeader> pipe = reader.read<hyperv::PipeHeader>();
    if (!pipe.ok() || pipe.value().type.get() != hyperv::kPipeData)
        return bad_message();
    // Behind this there is padding only.
    const Result<Span> message = reader.take(pipe.value().size.get());
    if (!message.ok())
        return bad_message();
    lis::ByteReader inside(message.value());
    const Result<hyperv::MouseHeader> header = inside.read<hyperv::MouseHeader>();
    if (!header.ok())
        return bad_message();
    switch (static_cast<hyperv::MouseType>(header.value().type.get())) {
    case hyperv::MouseType::ProtocolResponse:
        return take_answer(inside.rest());
    case hyperv::MouseType::DeviceInfo:
        // Its size in the header is not looked at: other guests go by the pipe's.
        return take_info(inside.rest());
    case hyperv::MouseType::InputReport: {
        const Result<Span> report = inside.take(header.value().size.get());
        return report.ok() ? take_report(report.value()) : bad_message();
    }
    case hyperv::MouseType::ProtocolRequest:
    case hyperv::MouseType::DeviceInfoAck:
        break; // not for us
    }
    bad_message();
}

void hid_hyperv::take_answer(Span data) {
    const Result<hyperv::MouseResponse> answer = lis::ByteReader(data).read<hyperv::MouseResponse>();
    if (!answer.ok() || phase() != Phase::Asked)
        return bad_message();
    answered(answer.value().approved != 0 ? Phase::Approved : Phase::Refused);
}

// Start waits for nothing else, so a description that makes no sense ends the wait.
void hid_hyperv::take_info(Span data) {
    if (phase() != Phase::Approved)
        return bad_message();
    if (hid_hyperv_core::read_device_info(data, &offered_) == Status::Ok)
        return answered(Phase::Described);
    bad_message();
    answered(Phase::Malformed);
}

void hid_hyperv::take_report(Span data) {
    if (phase() != Phase::Running || data.empty() || data.size() > HID_HYPERV_REPORT_LIMIT)
        return bad_message();
    hid_hyperv_shim_report(context_, data.data(), static_cast<uint32_t>(data.size()));
}

// ---- for the shim ----

struct hid_hyperv* hid_hyperv_create(struct lis_vmbus_channel* channel, void* context) {
    hid_hyperv* const mouse = lis::create<hid_hyperv>();
    if (mouse == nullptr)
        return nullptr;
    if (mouse->init(channel, context) != Status::Ok) {
        lis::destroy(mouse);
        return nullptr;
    }
    return mouse;
}

void hid_hyperv_destroy(struct hid_hyperv* mouse) {
    lis::destroy(mouse);
}

int32_t hid_hyperv_start(struct hid_hyperv* mouse) {
    return mouse->start();
}

void hid_hyperv_stop(struct hid_hyperv* mouse) {
    mouse->stop();
}

int32_t hid_hyperv_read_report(const uint8_t* report, uint32_t size, struct hid_hyperv_pointer* pointer) {
    lis::ByteReader reader(report, size);
    const Result<hyperv::MouseReport> read = reader.read<hyperv::MouseReport>();
    if (!read.ok() || reader.remaining() != 0)
        return lis::to_errno(Status::BadPacket);
    pointer->buttons = read.value().buttons;
    pointer->x = read.value().x.get() & HID_HYPERV_RANGE;
    pointer->y = read.value().y.get() & HID_HYPERV_RANGE;
    pointer->wheel = static_cast<int16_t>(read.value().wheel.get());
    return 0;
}
