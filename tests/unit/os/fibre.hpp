// SPDX-License-Identifier: GPL-2.0-only
// A stack that can be switched to. Knows nothing of scheduling.
#ifndef TESTOS_FIBRE_HPP
#define TESTOS_FIBRE_HPP

#include <cstddef>

namespace testos {

class Fibre {
public:
    Fibre(); // the caller's own stack, until prepare()
    ~Fibre();
    Fibre(const Fibre&) = delete;
    Fibre& operator=(const Fibre&) = delete;

    // Gives it a stack; the first switch to it calls entry(argument), which must
    // end in leave_to().
    void prepare(void (*entry)(void*), void* argument);

    // Suspends this fibre, which is the running one, and resumes next.
    void switch_to(Fibre& next);
    // The same, for ever: the stack of this fibre may be given back afterwards.
    [[noreturn]] void leave_to(Fibre& next);
    // What this stack points to is no leak: it will never be resumed, nor freed.
    void show_to_leak_checker();

private:
    static void trampoline();
    void arrived();

    void* stack_pointer_ = nullptr; // of a suspended fibre: its registers lie there
    void* stack_ = nullptr;
    void* fake_stack_ = nullptr;       // ASan's
    const void* bottom_ = nullptr;     // what ASan must be told of this stack
    size_t size_ = 0;
    Fibre* came_from_ = nullptr;
    void (*entry_)(void*) = nullptr;
    void* argument_ = nullptr;
};

} // namespace testos

#endif
