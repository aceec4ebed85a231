// SPDX-License-Identifier: GPL-2.0-only
// Reads files out of a guest's raw disk image: ext2, ext3 or ext4, on the bare disk or in a
// partition of a GPT or MBR. Like a boot loader it does not replay a journal.
#ifndef VMM_DISK_IMAGE_HPP
#define VMM_DISK_IMAGE_HPP

#include <cstdint>
#include <string>
#include <vector>

#include "kvm.hpp"

namespace vmm {

struct Partition {
    uint64_t offset; // bytes
    uint64_t size;
};

class DiskImage {
public:
    // Throws Error when there is no such file.
    explicit DiskImage(const std::string& path);

    // Of the GPT, else of the MBR with its logical ones; the whole disk when there is neither.
    std::vector<Partition> partitions() const;
    const std::string& path() const { return path_; }
    const Fd& file() const { return file_; }
    uint64_t size() const { return size_; }

private:
    bool read(uint64_t offset, void* to, size_t size) const;
    void add_gpt(std::vector<Partition>& found) const;
    void add_mbr(std::vector<Partition>& found) const;
    void add_logical(uint32_t first, std::vector<Partition>& found) const;
    void add(uint64_t sector, uint64_t sectors, std::vector<Partition>& found) const;

    std::string path_;
    Fd file_;
    uint64_t size_ = 0;
};

} // namespace vmm

#endif
