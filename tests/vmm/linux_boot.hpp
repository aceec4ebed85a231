// SPDX-License-Identifier: GPL-2.0-only
// Direct boot of a bzImage by the 32-bit entry of the Linux/x86 boot protocol, which
// every x86 kernel since 2.6 has.
#ifndef VMM_LINUX_BOOT_HPP
#define VMM_LINUX_BOOT_HPP

#include "boot_files.hpp"
#include "memory.hpp"

namespace vmm {

struct Entry {
    uint32_t instruction; // 32-bit protected mode, flat segments, no paging
    uint32_t boot_params; // goes to ESI
};

const uint64_t kRsdpAddress = 0xE0000; // where kernels before boot_params.acpi_rsdp_addr look

const uint64_t kAcpiEnd = 0xF0000; // the tables end below it

const uint64_t kGdtAddress = 0x6000;
const uint16_t kGdtBytes = 32;

// What the guest's firmware would tell: generation 1 has a BIOS and its holes in memory, 2 has not.
enum class Generation { One, Two };

// Places the images; the rest of the memory is left alone. Throws Error.
Entry load_linux(const Memory& memory, const BootImages& images, Generation generation);

} // namespace vmm

#endif
