// SPDX-License-Identifier: GPL-2.0-only
// The messages that describe one range of whole pages to the host: a HEADER and as
// many BODYs as it takes (protocol.md 2.4.7).
#ifndef VMBUS_GPADL_MESSAGE_HPP
#define VMBUS_GPADL_MESSAGE_HPP

#include <hyperv/vmbus.h>
#include <lis/os.h>

namespace vmbus {

class GpadlMessages {
public:
    // pages: 1 to hyperv::kGpadlPageLimit of them.
    GpadlMessages(uint32_t relid, uint32_t handle, const lis_os_pages* pages);

    uint32_t count() const;
    // Fills message number index and returns its size.
    uint32_t build(uint32_t index, unsigned char (&message)[hyperv::kMaxMessageBytes]) const;

private:
    uint32_t put_frames(unsigned char* to, uint32_t first, uint32_t most) const;

    uint32_t relid_;
    uint32_t handle_;
    const lis_os_pages* pages_;
    uint32_t frames_;
};

} // namespace vmbus

#endif
