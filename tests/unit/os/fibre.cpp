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

#ifndef __x86_64__
#error "port switch_stack() first"
#endif

// Pushes what a call must preserve, leaves the stack pointer in *from, and goes on
// where the stack `to` was left. swapcontext() would do, but ASan's interceptor of it
// wipes the shadow of a whole stack at each switch.
extern "C" void testos_switch_stack(void** from, void* to);
__asm__(".text\n"
        ".type testos_switch_stack, @function\n"
        "testos_switch_stack:\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        ".size testos_switch_stack, .-testos_switch_stack\n");

namespace testos {

namespace {

Fibre* g_arriving; // who is switched to; a new fibre learns who it is

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

Fibre::Fibre() {}

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
    // Six registers, the address that is returned to, and one word so that the stack
    // is aligned as after a call.
    void** const top = static_cast<void**>(static_cast<void*>(static_cast<char*>(stack_) + kStackBytes));
    stack_pointer_ = top - 8;
    for (int i = 2; i <= 8; i++) top[-i] = nullptr;
    top[-1] = nullptr;
    top[-2] = reinterpret_cast<void*>(trampoline);
}

void Fibre::trampoline() {
    Fibre* const fibre = g_arriving;
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
    g_arriving = &next;
    testos_switch_stack(&stack_pointer_, next.stack_pointer_);
    arrived();
}

void Fibre::leave_to(Fibre& next) {
    next.came_from_ = nullptr;
#ifdef TESTOS_ASAN
    __sanitizer_start_switch_fiber(nullptr, next.bottom_, next.size_);
#endif
    g_arriving = &next;
    testos_switch_stack(&stack_pointer_, next.stack_pointer_);
    abort();
}

void Fibre::show_to_leak_checker() {
#ifdef TESTOS_ASAN
    if (stack_) __lsan_register_root_region(stack_, kStackBytes);
#endif
}

} // namespace testos
