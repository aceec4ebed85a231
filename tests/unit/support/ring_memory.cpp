// SPDX-License-Identifier: GPL-2.0-only
#include "ring_memory.hpp"

#include <cstdlib>
#include <sys/mman.h>
#include <unistd.h>

namespace support {

RingMemory::RingMemory(uint32_t data_bytes) : size_(data_bytes), counters_(), ring_() {
    const int fd = memfd_create("ring", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, static_cast<off_t>(sizeof(hyperv::RingControl) + size_)) != 0) abort();
    guest_ = map(fd);
    host_ = map(fd);
    close(fd);
    ring_.control = guest_;
    ring_.data = guest_ + sizeof(hyperv::RingControl);
    ring_.data_bytes = size_;
    ring_.counters = &counters_;
}

RingMemory::~RingMemory() {
    munmap(guest_, mapped_bytes());
    munmap(host_, mapped_bytes());
}

unsigned char* RingMemory::map(int fd) const {
    const size_t once = sizeof(hyperv::RingControl) + size_;
    void* const area = mmap(nullptr, mapped_bytes(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) abort();
    unsigned char* const start = static_cast<unsigned char*>(area);
    const int protection = PROT_READ | PROT_WRITE;
    if (mmap(start, once, protection, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
        mmap(start + once, size_, protection, MAP_SHARED | MAP_FIXED, fd, sizeof(hyperv::RingControl)) == MAP_FAILED)
        abort();
    return start;
}

} // namespace support
