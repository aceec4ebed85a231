// SPDX-License-Identifier: GPL-2.0-only
#include "kvm_stats.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace vmm {

namespace {

// The uapi structure ends in a flexible array, which C++ has not: this is what stands before the name.
struct Descriptor {
    uint32_t flags;
    int16_t exponent;
    uint16_t size;
    uint32_t offset;
    uint32_t bucket_size;
};

bool read_at(const Fd& file, void* to, size_t size, uint64_t offset) {
    return pread(file.get(), to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

} // namespace

KvmStats::KvmStats(const Fd& vcpu) : file_(ioctl(vcpu.get(), KVM_GET_STATS_FD, 0)) {
    kvm_stats_header header;
    if (file_.get() < 0 || !read_at(file_, &header, sizeof header, 0)) return;
    const size_t stride = sizeof(Descriptor) + header.name_size;
    std::vector<char> descriptors(header.num_desc * stride);
    if (!read_at(file_, descriptors.data(), descriptors.size(), header.desc_offset)) return;
    for (size_t i = 0; i < header.num_desc; i++) {
        Descriptor descriptor;
        memcpy(&descriptor, &descriptors[i * stride], sizeof descriptor);
        // Histograms and peaks cannot be added up.
        if ((descriptor.flags & KVM_STATS_TYPE_MASK) != KVM_STATS_TYPE_CUMULATIVE || descriptor.size != 1) continue;
        const char* const name = &descriptors[i * stride + sizeof descriptor];
        counters_.push_back(Counter{std::string(name, strnlen(name, header.name_size)), header.data_offset + descriptor.offset});
    }
}

void KvmStats::add_to(std::map<std::string, uint64_t>& sums) const {
    for (const Counter& counter : counters_) {
        uint64_t value;
        if (read_at(file_, &value, sizeof value, counter.offset)) sums[counter.name] += value;
    }
}

} // namespace vmm
