// SPDX-License-Identifier: GPL-2.0-only
// Where kernel, initramfs and command line come from: files of the user's, or the guest's own disk.
#ifndef VMM_BOOT_FILES_HPP
#define VMM_BOOT_FILES_HPP

#include <string>

namespace vmm {

struct BootFiles {
    std::string kernel;       // bzImage
    std::string initramfs;    // empty: none
    std::string disk;         // instead of both: an image, whose default entry is taken
    std::string command_line; // behind that of the entry
};

struct BootImages {
    std::string kernel, initramfs;
    std::string kernel_name, initramfs_name; // for messages
    std::string command_line;
};

// Reads everything anew. An entry of a disk that is asked for once is forgotten there. Throws Error.
BootImages read_boot_files(const BootFiles& files);

} // namespace vmm

#endif
