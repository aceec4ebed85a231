// SPDX-License-Identifier: GPL-2.0-only
// The synthetic mouse (protocol.md 8.3): a pointer with absolute coordinates, five
// buttons and a wheel, described to the guest by a HID report descriptor.
#ifndef HOST_INPUT_MOUSE_HPP
#define HOST_INPUT_MOUSE_HPP

#include "input_device.hpp"

namespace host {

class Mouse : public InputDevice {
public:
    static const uint32_t kButtons = 5;

    Mouse() : Mouse(guid("58f75a6d-d949-4320-99e1-a2a2576d581c")) {} // as on Hyper-V
    explicit Mouse(const hyperv::Guid& instance);
    OfferDescription describe() const override;

    // 0 to 32767 each; the buttons stay as they are.
    void move(uint16_t x, uint16_t y);
    // 0 left, 1 right, 2 middle, ... below kButtons.
    void button(uint32_t number, bool down);
    void wheel(int16_t by);

    // What the guest is told; may be changed before it asks.
    Bytes report_descriptor;
    uint16_t version = 1;

protected:
    bool take(const Bytes& payload) override;

private:
    bool take_request(const Bytes& data);
    void send_info();
    void report(int16_t wheel);

    hyperv::Guid instance_;
    bool described_ = false; // the acknowledgement is due
    unsigned char buttons_ = 0;
    uint16_t x_ = 0, y_ = 0;
};

} // namespace host

#endif
