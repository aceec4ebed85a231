// SPDX-License-Identifier: GPL-2.0-only
// The hooks of lis/shared.hpp and lis/atomic.hpp, for whoever wants to watch. Null
// where nobody does; to be changed only while no other thread runs the code under test.
#ifndef SUPPORT_HOOKS_HPP
#define SUPPORT_HOOKS_HPP

#include <cstddef>

namespace support {

struct Hooks {
    typedef void (*Access)(const volatile void* address, size_t size, int access);

    Access shared_begin;
    Access shared_end;
    Access private_begin;
    Access private_end;
    void (*barrier)();
};

extern Hooks hooks;

} // namespace support

#endif
