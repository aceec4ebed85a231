// SPDX-License-Identifier: GPL-2.0-only
#include "serial.hpp"

namespace vmm {

namespace {

enum Port { kData, kEnable, kIdentify, kLineControl, kModemControl, kLineStatus, kModemStatus, kScratch };

const unsigned char kInputAvailable = 1, kOutputEmpty = 2; // in the enable register
const unsigned char kDivisorAccess = 0x80;                 // in the line control register
const unsigned char kLoopback = 0x10;                      // in the modem control register

} // namespace

void Serial::update() {
    const bool level = ((enabled_ & kInputAvailable) && !input_.empty()) || ((enabled_ & kOutputEmpty) && sent_);
    if (level == level_) return;
    level_ = level;
    interrupt_(level);
}

void Serial::write(unsigned port, unsigned char value) {
    std::lock_guard<std::mutex> guard(mutex_);
    switch (port) {
    case kData:
        if (line_control_ & kDivisorAccess) {
            divisor_[0] = value;
        } else if (modem_control_ & kLoopback) {
            input_.push_back(value);
        } else {
            out_(value);
            sent_ = true;
        }
        break;
    case kEnable:
        if (line_control_ & kDivisorAccess) {
            divisor_[1] = value;
        } else {
            // Enabling the interrupt of an empty transmitter raises it.
            if (!(enabled_ & kOutputEmpty) && (value & kOutputEmpty)) sent_ = true;
            enabled_ = value & 0x0F;
        }
        break;
    case kIdentify:
        fifo_ = value & 1;
        if (value & 2) input_.clear();
        break;
    case kLineControl: line_control_ = value; break;
    case kModemControl: modem_control_ = value; break;
    case kScratch: scratch_ = value; break;
    default: break;
    }
    update();
}

unsigned char Serial::read(unsigned port) {
    std::lock_guard<std::mutex> guard(mutex_);
    unsigned char value = 0;
    switch (port) {
    case kData:
        if (line_control_ & kDivisorAccess) {
            value = divisor_[0];
        } else if (!input_.empty()) {
            value = input_.front();
            input_.pop_front();
        }
        break;
    case kEnable: value = line_control_ & kDivisorAccess ? divisor_[1] : enabled_; break;
    case kIdentify:
        if ((enabled_ & kInputAvailable) && !input_.empty()) {
            value = 4;
        } else if ((enabled_ & kOutputEmpty) && sent_) {
            value = 2;
            sent_ = false;
        } else {
            value = 1;
        }
        if (fifo_) value |= 0xC0;
        break;
    case kLineControl: value = line_control_; break;
    case kModemControl: value = modem_control_; break;
    case kLineStatus: value = static_cast<unsigned char>(0x60 | (input_.empty() ? 0 : 1)); break;
    case kModemStatus:
        // In loop-back the modem's inputs show its outputs: drivers look for that.
        value = modem_control_ & kLoopback
                    ? static_cast<unsigned char>((modem_control_ & 2) << 3 | (modem_control_ & 1) << 5 | (modem_control_ & 12) << 4)
                    : 0xB0;
        break;
    case kScratch: value = scratch_; break;
    default: break;
    }
    update();
    return value;
}

void Serial::type(const unsigned char* bytes, size_t size) {
    std::lock_guard<std::mutex> guard(mutex_);
    input_.insert(input_.end(), bytes, bytes + size);
    update();
}

} // namespace vmm
