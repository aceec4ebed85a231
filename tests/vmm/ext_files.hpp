// SPDX-License-Identifier: GPL-2.0-only
// Files of one ext2, ext3 or ext4 file system in a disk image, by libext2fs.
#ifndef VMM_EXT_FILES_HPP
#define VMM_EXT_FILES_HPP

#include <memory>

#include "disk_image.hpp"

struct struct_ext2_filsys;

namespace vmm {

class ExtFiles {
public:
    // Null: no such file system there.
    static std::unique_ptr<ExtFiles> open(const DiskImage& image, const Partition& partition);

    // Paths are those below the file system's root; symbolic links are followed.
    bool exists(const std::string& path) const;
    // Throws Error. The name in it is that of the image and the path.
    std::string read(const std::string& path) const;
    // Names in a folder, in no order, without . and ..; empty when there is none.
    std::vector<std::string> list(const std::string& path) const;
    // Writes over the bytes of a file where they are: nothing else of the file system changes. The size must be that of
    // the file. Throws Error.
    void overwrite(const std::string& path, const std::string& bytes) const;

private:
    struct Closer {
        void operator()(struct_ext2_filsys* fs) const;
    };
    typedef std::unique_ptr<struct_ext2_filsys, Closer> Handle;

    ExtFiles(const DiskImage& image, const Partition& partition, Handle fs)
        : image_(image.path()), offset_(partition.offset), fs_(std::move(fs)) {}
    uint32_t find(const std::string& path) const; // 0: none

    std::string image_;
    uint64_t offset_;
    Handle fs_;
};

} // namespace vmm

#endif
