// SPDX-License-Identifier: GPL-2.0-only
#include "fibre.hpp"

#include <cstdint>
#include <cstdlib>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <sys/mman.h>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define TESTOS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TESTOS_ASAN 1
#endif
#endif

namespace testos {

namespace {

const size_t kStackBytes = 256 * 1024;
const size_t kGuardBytes = 4096;

// Seeds by the thousand start fibres by the ten thousand: stacks are kept.
std::vector<void*>& idle_stacks() {
    static std::vector<void*>* stacks = new std::vector<void*>;
    return *stacks;
}

void* take_stack() {
    if (!idle_stacks().empty()) {
        void* stack = idle_stacks().back();
        idle_stacks().pop_back();
        ASAN_UNPOISON_MEMORY_REGION(stack, kStackBytes);
        return stack;
    }
    void* whole = mmap(nullptr, kStackBytes + kGuardBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (whole == MAP_FAILED || mprotect(whole, kGuardBytes, PROT_NONE) != 0) abort();
    return static_cast<char *>(whole) + kGuardBytes;
}

} // namespace

Fibre::Fibre() : context_() {}

Fibre::~Fibre() {
    if (stack_) idle_stacks().push_back(stack_);
}

void Fibre::prepare(void (*entry)(void*), void* argument) {
    if (!stack_) stack_ = take_stack();
    entry_ = entry;
    argument_ = argument;
    bottom_ = stack_;
    size_ = kStackBytes;
    fake_stack_ = nullptr;
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack_;
    context_.uc_stack.ss_size = kStackBytes;
    context_.uc_link = nullptr;
    const uint64_t self = reinterpret_cast<uintptr_t>(this);
    makecontext(&context_, reinterpret_cast<void (*)()>(trampoline), 2, static_cast<unsigned>(self),
                static_cast<unsigned>(self >> 32));
}

void Fibre::trampoline(unsigned low, unsigned high) {
    const uint64_t self = static_cast<uint64_t>(high) << 32 | low;
    Fibre* fibre = reinterpret_cast<Fibre *>(static_cast<uintptr_t>(self));
    fibre->arrived();
    fibre->entry_(fibre->argument_);
    abort(); // entry must leave
}

// Runs first on the stack that was switched to. The stack that was left tells its
// bounds to ASan here: that is how the main thread's become known.
void Fibre::arrived() {
#ifdef TESTOS_ASAN
    const void* bottom = nullptr;
    size_t size = 0;
    __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &size);
    if (came_from_ && !came_from_->bottom_) {
        came_from_->bottom_ = bottom;
        came_from_->size_ = size;
    }
#endif
}

void Fibre::switch_to(Fibre& next) {
    next.came_from_ = this;
#ifdef TESTOS_ASAN
    __sanitizer_start_switch_fiber(&fake_stack_, next.bottom_, next.size_);
#endif
    swapcontext(&context_, &next.context_);
    arrived();
}

void Fibre::leave_to(Fibre& next) {
    next.came_from_ = nullptr;
#ifdef TESTOS_ASAN
    __sanitizer_start_switch_fiber(nullptr, next.bottom_, next.size_);
#endif
    setcontext(&next.context_);
    abort();
}

void Fibre::show_to_leak_checker() {
#ifdef TESTOS_ASAN
    if (stack_) __lsan_register_root_region(stack_, kStackBytes);
#endif
}

} // namespace testos
