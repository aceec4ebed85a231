// SPDX-License-Identifier: GPL-2.0-only
// A run of memory that the host shares under a GPADL: receive and send buffer. Process context.
#ifndef NETVSC_SHARED_BUFFER_HPP
#define NETVSC_SHARED_BUFFER_HPP

#include <lis/os.h>
#include <lis/result.hpp>
#include <lis/vmbus.h>

namespace netvsc_core {

class SharedBuffer {
public:
    SharedBuffer() : gpadl_(nullptr), at_(nullptr), bytes_(0) {}
    ~SharedBuffer() { release(); }
    SharedBuffer(const SharedBuffer&) = delete;
    SharedBuffer& operator=(const SharedBuffer&) = delete;

    static const uint32_t kPage = 4096;
    static const uint32_t kPageLimit = 8190; // of one GPADL

    // 0, -LIS_ENOMEM, or an error of lis_vmbus_gpadl_create(). Less memory than was asked for is
    // made do with, down to a sixteenth.
    LIS_MUST_USE int32_t create(lis_vmbus_channel* channel, uint32_t bytes);
    // The host may keep it; nobody here looks at it any more.
    void release();

    uint32_t handle() const { return lis_vmbus_gpadl_handle(gpadl_); }
    unsigned char* at() const { return at_; }
    uint32_t bytes() const { return bytes_; }
    uint64_t frame(uint32_t page) const { return lis_os_pages_frame(lis_vmbus_gpadl_pages(gpadl_), page); }

private:
    lis_vmbus_gpadl* gpadl_;
    unsigned char* at_;
    uint32_t bytes_;
};

} // namespace netvsc_core

#endif
