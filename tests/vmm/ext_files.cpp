// SPDX-License-Identifier: GPL-2.0-only
#include "ext_files.hpp"

#include <algorithm>

#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <unistd.h>

namespace vmm {

namespace {

const uint64_t kLargestFile = 1ull << 30;
const uint32_t kFolderType = 0x4000, kFileType = 0x8000, kTypeMask = 0xF000;

int add_name(ext2_dir_entry* entry, int, int, char*, void* names) {
    const std::string name(entry->name, static_cast<size_t>(ext2fs_dirent_name_len(entry)));
    if (name != "." && name != "..") static_cast<std::vector<std::string>*>(names)->push_back(name);
    return 0;
}

} // namespace

void ExtFiles::Closer::operator()(struct_ext2_filsys* fs) const { ext2fs_free(fs); }

std::unique_ptr<ExtFiles> ExtFiles::open(const DiskImage& image, const Partition& partition) {
    ext2_filsys fs = nullptr;
    const std::string options = "offset=" + std::to_string(partition.offset);
    // A guest that was reset may have left checksums behind that its journal would set right.
    const int flags = EXT2_FLAG_64BITS | EXT2_FLAG_IGNORE_CSUM_ERRORS | EXT2_FLAG_SOFTSUPP_FEATURES;
    if (ext2fs_open2(image.path().c_str(), options.c_str(), flags, 0, 0, unix_io_manager, &fs) != 0) return nullptr;
    return std::unique_ptr<ExtFiles>(new ExtFiles(image, partition, Handle(fs)));
}

uint32_t ExtFiles::find(const std::string& path) const {
    ext2_ino_t inode = 0;
    if (ext2fs_namei_follow(fs_.get(), EXT2_ROOT_INO, EXT2_ROOT_INO, path.c_str(), &inode) != 0) return 0;
    return inode;
}

bool ExtFiles::exists(const std::string& path) const { return find(path) != 0; }

std::string ExtFiles::read(const std::string& path) const {
    const std::string name = image_ + ":" + path;
    const ext2_ino_t inode = find(path);
    if (inode == 0) throw Error(name + ": no such file");
    ext2_inode node;
    if (ext2fs_read_inode(fs_.get(), inode, &node) != 0) throw Error(name + ": cannot be read");
    if ((node.i_mode & kTypeMask) != kFileType) throw Error(name + ": not a file");
    const uint64_t size = EXT2_I_SIZE(&node);
    if (size > kLargestFile) throw Error(name + ": too large");
    ext2_file_t file;
    if (ext2fs_file_open(fs_.get(), inode, 0, &file) != 0) throw Error(name + ": cannot be read");
    std::string bytes(size, '\0');
    size_t done = 0;
    errcode_t error = 0;
    while (done < size) {
        unsigned count = 0;
        error = ext2fs_file_read(file, &bytes[done], static_cast<unsigned>(std::min<uint64_t>(size - done, 1 << 20)), &count);
        if (error != 0 || count == 0) break;
        done += count;
    }
    ext2fs_file_close(file);
    if (done != size) throw Error(name + ": cannot be read" + (error ? std::string(": ") + error_message(error) : ""));
    return bytes;
}

std::vector<std::string> ExtFiles::list(const std::string& path) const {
    std::vector<std::string> names;
    const ext2_ino_t inode = find(path);
    ext2_inode node;
    if (inode == 0 || ext2fs_read_inode(fs_.get(), inode, &node) != 0 || (node.i_mode & kTypeMask) != kFolderType) return names;
    if (ext2fs_dir_iterate(fs_.get(), inode, 0, nullptr, add_name, &names) != 0) throw Error(image_ + ":" + path + ": cannot be read");
    return names;
}

void ExtFiles::overwrite(const std::string& path, const std::string& bytes) const {
    const std::string name = image_ + ":" + path;
    const ext2_ino_t inode = find(path);
    ext2_inode node;
    if (inode == 0 || ext2fs_read_inode(fs_.get(), inode, &node) != 0 || EXT2_I_SIZE(&node) != bytes.size() ||
        (node.i_flags & EXT4_INLINE_DATA_FL))
        throw Error(name + ": cannot be written in place");
    Fd disk(::open(image_.c_str(), O_WRONLY | O_CLOEXEC));
    if (disk.get() < 0) throw system_error(image_);
    for (size_t done = 0; done < bytes.size(); done += fs_->blocksize) {
        blk64_t block = 0;
        if (ext2fs_bmap2(fs_.get(), inode, &node, nullptr, 0, done / fs_->blocksize, nullptr, &block) != 0 || block == 0)
            throw Error(name + ": cannot be written in place");
        const size_t piece = std::min<size_t>(bytes.size() - done, fs_->blocksize);
        if (pwrite(disk.get(), &bytes[done], piece, static_cast<off_t>(offset_ + block * fs_->blocksize)) != static_cast<ssize_t>(piece))
            throw system_error(image_);
    }
}

} // namespace vmm
