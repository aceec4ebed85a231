// SPDX-License-Identifier: GPL-2.0-only
#include "private_steps.hpp"

#include "hooks.hpp"

#include <utility>

namespace support {

namespace {
PrivateSteps* current;
void step_access(const volatile void*, size_t, int) { current->step(); }
void step_barrier() { current->step(); }
} // namespace

PrivateSteps::PrivateSteps() {
    current = this;
    hooks.private_begin = step_access;
    hooks.barrier = step_barrier;
}

PrivateSteps::~PrivateSteps() {
    hooks.private_begin = nullptr;
    hooks.barrier = nullptr;
}

void PrivateSteps::interrupt_at(unsigned n, std::function<void()> handler) {
    left_ = n;
    handler_ = std::move(handler);
}

void PrivateSteps::step() {
    if (!handler_ || left_-- != 0) return;
    const std::function<void()> handler = std::move(handler_);
    handler_ = nullptr;
    handler();
}

} // namespace support
