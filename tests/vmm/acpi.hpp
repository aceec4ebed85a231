// SPDX-License-Identifier: GPL-2.0-only
// ACPI tables of the virtual machine: RSDP, XSDT, FADT, MADT, and the DSDT of dsdt.asl.
#ifndef VMM_ACPI_HPP
#define VMM_ACPI_HPP

#include "linux_boot.hpp"

namespace vmm {

// Registers that the FADT names.
const uint16_t kPm1Event = 0x600;   // status, enable: 4 bytes
const uint16_t kPm1Control = 0x604; // 2 bytes
const uint16_t kPmTimer = 0x608;    // 4 bytes, 3.579545 MHz
const uint16_t kResetPort = 0x60C;
const unsigned char kResetValue = 1;
const uint8_t kSci = 9;
// Of reduced hardware, instead of the PM registers.
const uint16_t kSleepControl = 0x618; // 1 byte
const uint16_t kSleepStatus = 0x619;  // 1 byte

// Writes the tables into low memory, RSDP at kRsdpAddress.
void write_acpi_tables(const Memory& memory, unsigned cpus, Generation generation);

} // namespace vmm

#endif
