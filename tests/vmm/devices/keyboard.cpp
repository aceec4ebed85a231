// SPDX-License-Identifier: GPL-2.0-only
#include <host/input/keyboard.hpp>

#include "kinds.hpp"

namespace vmm {

namespace {

std::vector<host::Stroke> strokes_of(const Json& arguments) {
    std::vector<host::Stroke> strokes;
    if (arguments.contains("text") == arguments.contains("codes")) throw Error("needs either text or codes");
    if (arguments.contains("text")) {
        if (!host::strokes_of_text(text_argument(arguments, "text"), &strokes))
            throw Error("text: has a character that is not on a US keyboard");
        return strokes;
    }
    const Json& codes = arguments["codes"];
    std::vector<unsigned char> bytes;
    if (!codes.is_array()) throw Error("codes: an array of scan codes is expected");
    for (const Json& code : codes) {
        if (!code.is_number_unsigned() || code.get<uint64_t>() > 0xFF) throw Error("codes: numbers from 0 to 255 are expected");
        bytes.push_back(static_cast<unsigned char>(code.get<uint64_t>()));
    }
    if (!host::strokes_of_codes(bytes, &strokes)) throw Error("codes: not scan codes of set 1");
    return strokes;
}

class KeyboardKind : public DeviceKind {
public:
    const char* name() const override { return "keyboard"; }
    const char* help() const override {
        return "    (no keys)\n"
               "    keyboard-type {\"text\": TEXT} or {\"codes\": [NUMBER...]}   keys of a US keyboard, or scan codes of set 1\n";
    }

    std::shared_ptr<host::Device> make(Surroundings& surroundings, const Json& arguments) override {
        check_keys(arguments, {});
        return std::make_shared<host::Keyboard>(surroundings.instance);
    }

    void add_commands(DeviceCommands& commands) override {
        commands.add("keyboard-type", [](host::Device& device, const Json& arguments) {
            host::Keyboard& keyboard = static_cast<host::Keyboard&>(device);
            const std::vector<host::Stroke> strokes = strokes_of(arguments);
            if (!keyboard.ready()) throw Error("no driver in the guest listens to this keyboard");
            for (const host::Stroke& stroke : strokes) keyboard.press(stroke);
            return Json::object();
        });
    }
};

} // namespace

DeviceKind* keyboard_kind() {
    static KeyboardKind kind;
    return &kind;
}

} // namespace vmm
