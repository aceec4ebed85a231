// SPDX-License-Identifier: GPL-2.0-only
// Direct boot of a bzImage by the 32-bit entry of the Linux/x86 boot protocol, which
// every x86 kernel since 2.6 has.
#ifndef VMM_LINUX_BOOT_HPP
#define VMM_LINUX_BOOT_HPP

#include <string>

#include "memory.hpp"

namespace vmm {

struct BootFiles {
    std::string kernel;       // bzImage
    std::string initramfs;    // empty: none
    std::string command_line;
};

struct Entry {
    uint32_t instruction; // 32-bit protected mode, flat segments, no paging
    uint32_t boot_params; // goes to ESI
};

const uint64_t kRsdpAddress = 0xE0000; // where kernels before boot_params.acpi_rsdp_addr look

const uint64_t kGdtAddress = 0x6000;
const uint16_t kGdtBytes = 32;

// Reads the files anew and places them; the rest of the memory is left alone.
Entry load_linux(const Memory& memory, const BootFiles& files);

} // namespace vmm

#endif
