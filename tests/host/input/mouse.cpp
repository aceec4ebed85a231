// SPDX-License-Identifier: GPL-2.0-only
#include "mouse.hpp"

#include <hyperv/input.h>

#include <cstring>

namespace host {

using hyperv::MouseType;

namespace {

const uint16_t kNamedPipe = 0x10;       // offer flag
const unsigned char kMessageMode = 4;   // first word of the offer's user data

// HID 1.11, 6.2.2: usages of the Generic Desktop (1) and Button (9) pages.
const unsigned char kReportDescriptor[] = {
    0x05, 0x01,                   // usage page: generic desktop
    0x09, 0x02,                   // usage: mouse
    0xA1, 0x01,                   // collection: application
    0x09, 0x01,                   //   usage: pointer
    0xA1, 0x00,                   //   collection: physical
    0x05, 0x09,                   //     usage page: buttons
    0x19, 0x01, 0x29, 0x05,       //     usages 1 to 5
    0x15, 0x00, 0x25, 0x01,       //     0 to 1
    0x75, 0x01, 0x95, 0x05,       //     5 of 1 bit
    0x81, 0x02,                   //     input: data, variable, absolute
    0x75, 0x03, 0x95, 0x01,       //     3 bits
    0x81, 0x01,                   //     input: constant
    0x05, 0x01,                   //     usage page: generic desktop
    0x09, 0x30, 0x09, 0x31,       //     usages: X, Y
    0x15, 0x00, 0x26, 0xFF, 0x7F, //     0 to 32767
    0x75, 0x10, 0x95, 0x02,       //     2 of 16 bits
    0x81, 0x02,                   //     input: data, variable, absolute
    0x09, 0x38,                   //     usage: wheel
    0x16, 0x01, 0x80,             //     -32767
    0x26, 0xFF, 0x7F,             //     to 32767
    0x75, 0x10, 0x95, 0x01,       //     1 of 16 bits
    0x81, 0x06,                   //     input: data, variable, relative
    0xC0, 0xC0,                   // end of both collections
};

// Pipe header, message header, data.
std::vector<unsigned char> framed(MouseType type, const void* data, size_t size) {
    hyperv::PipeHeader pipe = {};
    hyperv::MouseHeader header = {};
    pipe.type.set(hyperv::kPipeData);
    pipe.size.set(static_cast<uint32_t>(sizeof header + size));
    header.type.set(static_cast<uint32_t>(type));
    header.size.set(static_cast<uint32_t>(size));
    std::vector<unsigned char> message(sizeof pipe + sizeof header + size);
    memcpy(message.data(), &pipe, sizeof pipe);
    memcpy(message.data() + sizeof pipe, &header, sizeof header);
    if (size != 0) memcpy(message.data() + sizeof pipe + sizeof header, data, size);
    return message;
}

} // namespace

Mouse::Mouse(const hyperv::Guid& instance)
    : report_descriptor(kReportDescriptor, kReportDescriptor + sizeof kReportDescriptor), instance_(instance) {}

OfferDescription Mouse::describe() const {
    OfferDescription offer;
    offer.class_id = guid("cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a");
    offer.instance = instance_;
    offer.flags = kNamedPipe;
    offer.user_data = {kMessageMode, 0, 0, 0};
    return offer;
}

bool Mouse::take(const Bytes& payload) {
    hyperv::PipeHeader pipe = {};
    hyperv::MouseHeader header = {};
    if (payload.size() < sizeof pipe + sizeof header) return false;
    memcpy(&pipe, payload.data(), sizeof pipe);
    memcpy(&header, payload.data() + sizeof pipe, sizeof header);
    if (pipe.type.get() != hyperv::kPipeData || pipe.size.get() < sizeof header ||
        pipe.size.get() > payload.size() - sizeof pipe || header.size.get() != pipe.size.get() - sizeof header)
        return false;
    const auto begin = payload.begin() + sizeof pipe + sizeof header;
    const Bytes data(begin, begin + header.size.get());
    switch (static_cast<MouseType>(header.type.get())) {
    case MouseType::ProtocolRequest: return take_request(data);
    case MouseType::DeviceInfoAck: {
        const bool due = described_ && data.size() == 1;
        described_ = false;
        if (due) set_ready(true);
        return due;
    }
    case MouseType::ProtocolResponse:
    case MouseType::DeviceInfo:
    case MouseType::InputReport: break;
    }
    return false;
}

bool Mouse::take_request(const Bytes& data) {
    lis::Le32 asked = {};
    if (data.size() < sizeof asked) return false;
    memcpy(&asked, data.data(), sizeof asked);
    const bool accepted = accepts && asked.get() == hyperv::kMouseVersion;
    set_ready(false);
    hyperv::MouseResponse response = {};
    response.version = asked;
    response.approved = accepted ? 1 : 0;
    const Bytes message = framed(MouseType::ProtocolResponse, &response, sizeof response);
    send(message.data(), message.size());
    if (accepted) send_info();
    return true;
}

void Mouse::send_info() {
    hyperv::HidAttributes attributes = {};
    attributes.size.set(sizeof attributes);
    attributes.vendor.set(hyperv::kMouseVendor);
    attributes.product.set(hyperv::kMouseProduct);
    attributes.version.set(version);
    hyperv::HidDescriptor descriptor = {};
    descriptor.length = sizeof descriptor;
    descriptor.type = hyperv::kHidDescriptorType;
    descriptor.hid_version.set(0x0101);
    descriptor.class_descriptors = 1;
    descriptor.report_type = hyperv::kHidReportDescriptorType;
    descriptor.report_length.set(static_cast<uint16_t>(report_descriptor.size()));
    Bytes data(sizeof attributes + sizeof descriptor);
    memcpy(data.data(), &attributes, sizeof attributes);
    memcpy(data.data() + sizeof attributes, &descriptor, sizeof descriptor);
    data.insert(data.end(), report_descriptor.begin(), report_descriptor.end());
    const Bytes message = framed(MouseType::DeviceInfo, data.data(), data.size());
    described_ = true;
    send(message.data(), message.size());
}

void Mouse::move(uint16_t x, uint16_t y) {
    x_ = x;
    y_ = y;
    report(0);
}

void Mouse::button(uint32_t number, bool down) {
    const unsigned char bit = static_cast<unsigned char>(1u << number);
    buttons_ = static_cast<unsigned char>(down ? buttons_ | bit : buttons_ & ~bit);
    report(0);
}

void Mouse::wheel(int16_t by) { report(by); }

void Mouse::report(int16_t wheel) {
    hyperv::MouseReport report = {};
    report.buttons = buttons_;
    report.x.set(x_);
    report.y.set(y_);
    report.wheel.set(static_cast<uint16_t>(wheel));
    const Bytes message = framed(MouseType::InputReport, &report, sizeof report);
    send_event(message.data(), message.size());
}

} // namespace host
