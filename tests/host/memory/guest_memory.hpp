// SPDX-License-Identifier: GPL-2.0-only
// The guest's memory as dynamic memory sees it: what it has, what it has lent to the
// host, and where more can be added.
#ifndef HOST_MEMORY_GUEST_MEMORY_HPP
#define HOST_MEMORY_GUEST_MEMORY_HPP

#include "page_set.hpp"

#include <functional>

namespace host {

struct GuestMemory {
    PageSet present;   // what the guest has had from the start or been given since; ballooned pages included
    PageSet ballooned; // of these, the host's
    PageRange room;    // page numbers that nothing uses yet: what is hot-added comes from here

    // The guest has given these pages away, so their contents are lost. May be empty.
    std::function<void(PageRange)> taken;
};

} // namespace host

#endif
