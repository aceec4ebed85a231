// SPDX-License-Identifier: GPL-2.0-only
// The synthetic keyboard (protocol.md 8.2).
#ifndef HOST_INPUT_KEYBOARD_HPP
#define HOST_INPUT_KEYBOARD_HPP

#include "input_device.hpp"

#include <string>

namespace host {

// One event of one key; flags as in hyperv::KeyboardEvent.
struct Stroke {
    uint16_t code;
    uint32_t flags;
};

// The keys of a US keyboard that make that text, down and up. Sets *strokes; false: a
// character that has no key there.
bool strokes_of_text(const std::string& text, std::vector<Stroke>* strokes);
// Scan codes of set 1 as they come from a real keyboard, prefixes 0xE0 and 0xE1
// included. False: a prefix without a code, or a code that is none.
bool strokes_of_codes(const std::vector<unsigned char>& codes, std::vector<Stroke>* strokes);

class Keyboard : public InputDevice {
public:
    Keyboard() : Keyboard(guid("d34b2567-b9b6-42b9-8778-0a4ec0b955bf")) {} // as on Hyper-V
    explicit Keyboard(const hyperv::Guid& instance) : instance_(instance) {}
    OfferDescription describe() const override;

    void press(const Stroke& stroke);
    uint32_t leds() const { return leds_; } // as the guest set them last

protected:
    bool take(const Bytes& payload) override;

private:
    bool take_request(const Bytes& payload);

    hyperv::Guid instance_;
    uint32_t leds_ = 0;
};

} // namespace host

#endif
