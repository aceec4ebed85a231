// SPDX-License-Identifier: GPL-2.0-only
#include "send_sections.hpp"

#include <lis/os.h>

namespace netvsc_core {

Status SendSections::init(unsigned char* base, uint32_t buffer_bytes, uint32_t section_bytes) {
    fini();
    uint32_t count = buffer_bytes / section_bytes;
    if (count > kLimit)
        count = kLimit;
    if (count == 0)
        return Status::Protocol;
    memory_ = lis_os_alloc(static_cast<uint32_t>(table_.memory_bytes(count)));
    if (memory_ == nullptr)
        return Status::NoMemory;
    base_ = base;
    bytes_ = section_bytes;
    count_ = count;
    return table_.init(memory_, count);
}

void SendSections::fini() {
    lis_os_free(memory_);
    memory_ = nullptr;
    base_ = nullptr;
    bytes_ = count_ = 0;
}

} // namespace netvsc_core
