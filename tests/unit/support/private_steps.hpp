// SPDX-License-Identifier: GPL-2.0-only
// Interrupts the code under test right before its n-th access to a word that CPUs
// share, or its barrier: what an interrupt or a descheduled CPU does to it.
#ifndef SUPPORT_PRIVATE_STEPS_HPP
#define SUPPORT_PRIVATE_STEPS_HPP

#include <cstddef>
#include <functional>

namespace support {

class PrivateSteps {
public:
    PrivateSteps();
    ~PrivateSteps();
    PrivateSteps(const PrivateSteps&) = delete;
    PrivateSteps& operator=(const PrivateSteps&) = delete;

    // Once, before access number n (from 0) of those that follow.
    void interrupt_at(unsigned n, std::function<void()> handler);
    // Whether that access came.
    bool interrupted() const { return !handler_; }

    void step();

private:
    std::function<void()> handler_;
    unsigned left_ = 0;
};

} // namespace support

#endif
