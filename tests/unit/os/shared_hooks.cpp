// SPDX-License-Identifier: GPL-2.0-only
// The hooks of lis/shared.hpp on a simulated machine: memory that the host holds is
// poisoned except during one access. Behind each load a test may play hostile host.
#include "machine.hpp"

#include <lis/shared.hpp>

using testos::Frames;
using testos::Machine;

void lis_test_shared_begin(const volatile void* address, size_t size, int) {
    if (size != 0) Frames::pool().lift_poison(address, size);
}

void lis_test_shared_end(const volatile void* address, size_t size, int access) {
    if (size == 0) return;
    Frames::pool().lay_poison(address, size);
    if (!Machine::exists()) return;
    Machine& machine = Machine::current();
    if (access == LIS_TEST_LOAD && machine.after_shared_load)
        machine.after_shared_load(Frames::pool().frame_of(const_cast<const void*>(address)),
                                  reinterpret_cast<uintptr_t>(address) % testos::kFrameBytes, size);
    machine.scheduler.point();
}
