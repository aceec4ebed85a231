// SPDX-License-Identifier: GPL-2.0-only
// Versions of VMBus as users write them (protocol.md 2.2).
#ifndef VMM_BUS_VERSIONS_HPP
#define VMM_BUS_VERSIONS_HPP

#include <cstdint>
#include <set>
#include <string>

namespace vmm {

// Those that a host has which refuses all above that one, "2.4" or the like. Throws Error for one that never was.
std::set<uint32_t> versions_up_to(const std::string& text);

} // namespace vmm

#endif
