// SPDX-License-Identifier: GPL-2.0-only
#include "keyboard.hpp"

#include <hyperv/input.h>

#include <cstring>

namespace host {

using hyperv::KeyboardType;

OfferDescription Keyboard::describe() const {
    OfferDescription offer;
    offer.class_id = guid("f912ad6d-2b17-48ea-bd65-f927a61c7684");
    offer.instance = instance_;
    return offer;
}

bool Keyboard::take(const Bytes& payload) {
    lis::Le32 type = {};
    if (payload.size() < sizeof type) return false;
    memcpy(&type, payload.data(), sizeof type);
    switch (static_cast<KeyboardType>(type.get())) {
    case KeyboardType::ProtocolRequest: return take_request(payload);
    case KeyboardType::SetLeds: {
        lis::Le16 flags = {};
        if (payload.size() < sizeof type + sizeof flags) return false;
        memcpy(&flags, payload.data() + sizeof type, sizeof flags);
        leds_ = flags.get();
        return ready();
    }
    case KeyboardType::ProtocolResponse:
    case KeyboardType::Event: break;
    }
    return false;
}

bool Keyboard::take_request(const Bytes& payload) {
    hyperv::KeyboardRequest request = {};
    if (payload.size() < sizeof request) return false;
    memcpy(&request, payload.data(), sizeof request);
    hyperv::KeyboardResponse response = {};
    const bool accepted = accepts && request.version.get() == hyperv::kKeyboardVersion;
    response.type.set(static_cast<uint32_t>(KeyboardType::ProtocolResponse));
    response.status.set(accepted ? hyperv::kKeyboardAccepted : 0);
    send(&response, sizeof response);
    set_ready(accepted && answers);
    return true;
}

void Keyboard::press(const Stroke& stroke) {
    hyperv::KeyboardEvent event = {};
    event.type.set(static_cast<uint32_t>(KeyboardType::Event));
    event.code.set(stroke.code);
    event.flags.set(stroke.flags);
    send_event(&event, sizeof event);
}

} // namespace host
