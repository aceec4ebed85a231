// SPDX-License-Identifier: GPL-2.0-only
#include "shared_buffer.hpp"

namespace netvsc_core {

int32_t SharedBuffer::create(lis_vmbus_channel* channel, uint32_t bytes) {
    uint32_t pages = bytes / kPage + (bytes % kPage != 0 ? 1 : 0);
    if (pages > kPageLimit)
        pages = kPageLimit;
    const uint32_t least = pages / 16;
    int32_t result = lis_vmbus_gpadl_create(channel, pages, &gpadl_);
    while (result == -LIS_ENOMEM && pages / 2 > least) {
        pages /= 2;
        result = lis_vmbus_gpadl_create(channel, pages, &gpadl_);
    }
    if (result != 0)
        return result;
    at_ = static_cast<unsigned char*>(lis_os_pages_map(lis_vmbus_gpadl_pages(gpadl_), 0, pages));
    if (at_ == nullptr) {
        release();
        return -LIS_ENOMEM;
    }
    bytes_ = pages * kPage;
    return 0;
}

void SharedBuffer::release() {
    if (at_ != nullptr)
        lis_os_unmap(at_);
    if (gpadl_ != nullptr)
        lis_vmbus_gpadl_release(gpadl_);
    gpadl_ = nullptr;
    at_ = nullptr;
    bytes_ = 0;
}

} // namespace netvsc_core
