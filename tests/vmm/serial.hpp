// SPDX-License-Identifier: GPL-2.0-only
// A 16550A: what the guest prints goes to a callback, what the user types comes in.
#ifndef VMM_SERIAL_HPP
#define VMM_SERIAL_HPP

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

namespace vmm {

class Serial {
public:
    // out: one byte that the guest sent; interrupt: the line's new level. Both on the caller's thread.
    Serial(std::function<void(unsigned char)> out, std::function<void(bool)> interrupt)
        : out_(std::move(out)), interrupt_(std::move(interrupt)) {}

    void write(unsigned port, unsigned char value);
    unsigned char read(unsigned port);
    // From the user. Kept until the guest takes it.
    void type(const unsigned char* bytes, size_t size);

private:
    void update();

    std::function<void(unsigned char)> out_;
    std::function<void(bool)> interrupt_;
    std::mutex mutex_;
    std::deque<unsigned char> input_;
    unsigned char enabled_ = 0, line_control_ = 0, modem_control_ = 0, scratch_ = 0, divisor_[2] = {1, 0};
    bool fifo_ = false;
    bool sent_ = false; // the transmitter's interrupt is due
    bool level_ = false;
};

} // namespace vmm

#endif
