// SPDX-License-Identifier: GPL-2.0-only
// Stays on one CPU while it lives; no sleeping meanwhile. Who waits by lis_os_quiesce() waits
// for its end. Any context.
#ifndef LIS_PINNED_HPP
#define LIS_PINNED_HPP

#include <lis/os.h>

namespace lis {

class Pinned {
public:
    Pinned() : cpu(lis_os_cpu_pin()) {}
    ~Pinned() { lis_os_cpu_unpin(); }
    Pinned(const Pinned&) = delete;
    Pinned& operator=(const Pinned&) = delete;
    const uint32_t cpu;
};

} // namespace lis

#endif
