// SPDX-License-Identifier: GPL-2.0-only
// GPT: UEFI specification, chapter 5. Sectors have 512 bytes.
#include "disk_image.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vmm {

namespace {

const uint64_t kSector = 512;
const uint32_t kMostEntries = 1024;
const unsigned kMostLogical = 64; // a chain may be a circle

uint32_t le32(const unsigned char* at) {
    return static_cast<uint32_t>(at[0]) | static_cast<uint32_t>(at[1]) << 8 | static_cast<uint32_t>(at[2]) << 16 |
           static_cast<uint32_t>(at[3]) << 24;
}
uint64_t le64(const unsigned char* at) { return le32(at) | static_cast<uint64_t>(le32(at + 4)) << 32; }

bool is_extended(unsigned char type) { return type == 0x05 || type == 0x0F || type == 0x85; }

} // namespace

DiskImage::DiskImage(const std::string& path) : path_(path), file_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (file_.get() < 0) throw system_error(path);
    struct stat status;
    if (fstat(file_.get(), &status) != 0) throw system_error(path);
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) throw Error(path + ": not a disk image");
    const off_t end = lseek(file_.get(), 0, SEEK_END);
    if (end < 0) throw system_error(path);
    size_ = static_cast<uint64_t>(end);
}

bool DiskImage::read(uint64_t offset, void* to, size_t size) const {
    if (offset > size_ || size > size_ - offset) return false;
    const ssize_t count = pread(file_.get(), to, size, static_cast<off_t>(offset));
    if (count < 0) throw system_error(path_);
    return static_cast<size_t>(count) == size;
}

void DiskImage::add(uint64_t sector, uint64_t sectors, std::vector<Partition>& found) const {
    const uint64_t disk = size_ / kSector;
    if (sector == 0 || sectors == 0 || sector >= disk || sectors > disk - sector) return;
    found.push_back(Partition{sector * kSector, sectors * kSector});
}

void DiskImage::add_gpt(std::vector<Partition>& found) const {
    unsigned char header[92];
    if (!read(kSector, header, sizeof header) || memcmp(header, "EFI PART", 8) != 0) return;
    const uint64_t table = le64(header + 72);
    const uint32_t count = le32(header + 80), entry_bytes = le32(header + 84);
    if (count > kMostEntries || entry_bytes < 128 || entry_bytes > 4096 || table >= size_ / kSector) return;
    for (uint32_t i = 0; i < count; i++) {
        unsigned char entry[48];
        if (!read(table * kSector + static_cast<uint64_t>(i) * entry_bytes, entry, sizeof entry)) return;
        const unsigned char unused[16] = {};
        const uint64_t first = le64(entry + 32), last = le64(entry + 40);
        if (memcmp(entry, unused, sizeof unused) != 0 && last >= first) add(first, last - first + 1, found);
    }
}

void DiskImage::add_logical(uint32_t first, std::vector<Partition>& found) const {
    uint64_t at = first;
    for (unsigned i = 0; i < kMostLogical; i++) {
        unsigned char record[kSector];
        if (!read(at * kSector, record, sizeof record) || record[510] != 0x55 || record[511] != 0xAA) return;
        const unsigned char* const own = record + 446;
        const unsigned char* const next = own + 16;
        add(at + le32(own + 8), le32(own + 12), found);
        if (!is_extended(next[4]) || le32(next + 8) == 0) return;
        at = first + static_cast<uint64_t>(le32(next + 8));
    }
}

void DiskImage::add_mbr(std::vector<Partition>& found) const {
    unsigned char record[kSector];
    if (!read(0, record, sizeof record) || record[510] != 0x55 || record[511] != 0xAA) return;
    for (unsigned i = 0; i < 4; i++) {
        const unsigned char* const entry = record + 446 + 16 * i;
        if (is_extended(entry[4])) add_logical(le32(entry + 8), found);
        else if (entry[4] != 0) add(le32(entry + 8), le32(entry + 12), found);
    }
}

std::vector<Partition> DiskImage::partitions() const {
    std::vector<Partition> found;
    add_gpt(found);
    if (found.empty()) add_mbr(found);
    if (found.empty()) found.push_back(Partition{0, size_});
    return found;
}

} // namespace vmm
