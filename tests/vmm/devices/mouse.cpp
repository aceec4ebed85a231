// SPDX-License-Identifier: GPL-2.0-only
#include <host/input/mouse.hpp>

#include <hyperv/input.h>

#include "kinds.hpp"

namespace vmm {

namespace {

host::Mouse& mouse_of(host::Device& device) {
    host::Mouse& mouse = static_cast<host::Mouse&>(device);
    if (!mouse.ready()) throw Error("no driver in the guest listens to this mouse");
    return mouse;
}

Json move(host::Device& device, const Json& arguments) {
    const uint64_t x = number_argument(arguments, "x", 0, hyperv::kMouseRange);
    const uint64_t y = number_argument(arguments, "y", 0, hyperv::kMouseRange);
    mouse_of(device).move(static_cast<uint16_t>(x), static_cast<uint16_t>(y));
    return Json::object();
}

Json click(host::Device& device, const Json& arguments) {
    static const char* const kNames[host::Mouse::kButtons] = {"left", "right", "middle", "side", "extra"};
    const std::string name = text_argument(arguments, "button", kNames[0]);
    for (uint32_t number = 0; number < host::Mouse::kButtons; number++) {
        if (name != kNames[number]) continue;
        host::Mouse& mouse = mouse_of(device);
        mouse.button(number, true);
        mouse.button(number, false);
        return Json::object();
    }
    throw Error("button: left, right, middle, side or extra is expected");
}

Json wheel(host::Device& device, const Json& arguments) {
    const uint64_t steps = number_argument(arguments, "steps", 1, 100, 1);
    const int down = flag_argument(arguments, "down", false) ? -1 : 1;
    mouse_of(device).wheel(static_cast<int16_t>(static_cast<int>(steps) * down));
    return Json::object();
}

class MouseKind : public DeviceKind {
public:
    const char* name() const override { return "mouse"; }
    const char* help() const override {
        return "    (no keys)\n"
               "    mouse-move {\"x\": 0-32767, \"y\": 0-32767}   over the whole screen\n"
               "    mouse-click {\"button\": \"left\"}   or right, middle, side, extra\n"
               "    mouse-wheel {\"steps\": 1, \"down\": false}\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_keys(arguments, {});
        return std::make_shared<host::Mouse>(surroundings.instance);
    }

    void add_commands(DeviceCommands& commands) override {
        commands.add("mouse-move", move);
        commands.add("mouse-click", click);
        commands.add("mouse-wheel", wheel);
    }
};

} // namespace

DeviceKind* mouse_kind() {
    static MouseKind kind;
    return &kind;
}

} // namespace vmm
