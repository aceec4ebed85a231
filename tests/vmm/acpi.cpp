// SPDX-License-Identifier: GPL-2.0-only
// Layouts: ACPI specification 6.4, chapter 5.2.
#include "acpi.hpp"

#include <cstring>
#include <vector>

namespace vmm {

namespace {

#include "dsdt1.hex"
#include "dsdt2.hex"

typedef std::vector<unsigned char> Bytes;

const size_t kHeaderBytes = 36;

template <typename T>
void append(Bytes& to, T value) {
    const unsigned char* const from = reinterpret_cast<const unsigned char*>(&value);
    to.insert(to.end(), from, from + sizeof value);
}

template <typename T>
void put(Bytes& to, size_t offset, T value) {
    memcpy(&to[offset], &value, sizeof value);
}

void append_text(Bytes& to, const char* text, size_t size) { to.insert(to.end(), text, text + size); }

unsigned char checksum(const unsigned char* bytes, size_t size) {
    unsigned char sum = 0;
    for (size_t i = 0; i < size; i++) sum = static_cast<unsigned char>(sum + bytes[i]);
    return static_cast<unsigned char>(-sum);
}

Bytes table(const char* signature, unsigned char revision) {
    Bytes bytes;
    append_text(bytes, signature, 4);
    append(bytes, uint32_t{0}); // length
    bytes.push_back(revision);
    bytes.push_back(0); // checksum
    append_text(bytes, "LISNG VMBUSVMM", 14);
    append(bytes, uint32_t{1});
    append_text(bytes, "LIS ", 4);
    append(bytes, uint32_t{1});
    return bytes;
}

// One table after the other in the reserved page range behind the RSDP.
class Area {
public:
    explicit Area(const Memory& memory) : memory_(memory) {}

    uint64_t add(Bytes bytes) {
        put(bytes, 4, static_cast<uint32_t>(bytes.size()));
        bytes[9] = 0;
        bytes[9] = checksum(bytes.data(), bytes.size());
        return add_raw(bytes);
    }
    uint64_t add_raw(const Bytes& bytes) {
        const uint64_t address = next_;
        unsigned char* const to = memory_.at(address, bytes.size());
        if (!to || address + bytes.size() > kAcpiEnd) throw Error("no room for the ACPI tables");
        memcpy(to, bytes.data(), bytes.size());
        next_ = (next_ + bytes.size() + 63) & ~uint64_t{63};
        return address;
    }

private:
    const Memory& memory_;
    uint64_t next_ = kRsdpAddress + 64;
};

Bytes madt(unsigned cpus, Generation generation) {
    Bytes bytes = table("APIC", 3);
    append(bytes, uint32_t{0xFEE00000});
    append(bytes, uint32_t{generation == Generation::One}); // there is an 8259 as well
    for (unsigned i = 0; i < cpus; i++) {
        bytes.insert(bytes.end(), {0, 8, static_cast<unsigned char>(i), static_cast<unsigned char>(i)});
        append(bytes, uint32_t{1});
    }
    bytes.insert(bytes.end(), {1, 12, 0, 0});
    append(bytes, uint32_t{0xFEC00000});
    append(bytes, uint32_t{0});
    if (generation == Generation::Two) return bytes;
    // The timer's IRQ 0 arrives at pin 2; the SCI is level-triggered.
    bytes.insert(bytes.end(), {2, 10, 0, 0});
    append(bytes, uint32_t{2});
    append(bytes, uint16_t{0});
    bytes.insert(bytes.end(), {2, 10, 0, kSci});
    append(bytes, uint32_t{kSci});
    append(bytes, uint16_t{0x0D});
    return bytes;
}

void put_port(Bytes& bytes, size_t offset, unsigned char bits, uint16_t port) {
    bytes[offset] = 1; // system I/O
    bytes[offset + 1] = bits;
    put(bytes, offset + 4, uint64_t{port});
}

Bytes fadt(uint64_t facs, uint64_t dsdt) {
    Bytes bytes = table("FACP", 5);
    bytes.resize(268);
    put(bytes, 36, static_cast<uint32_t>(facs));
    put(bytes, 40, static_cast<uint32_t>(dsdt));
    put(bytes, 46, uint16_t{kSci});
    put(bytes, 56, uint32_t{kPm1Event});
    put(bytes, 64, uint32_t{kPm1Control});
    put(bytes, 76, uint32_t{kPmTimer});
    bytes[88] = 4;
    bytes[89] = 2;
    bytes[91] = 4;
    put(bytes, 96, uint16_t{0xFFFF}); // no C2
    put(bytes, 98, uint16_t{0xFFFF}); // no C3
    put(bytes, 109, uint16_t{0x0001}); // legacy devices, no VGA promise, no 8042
    // WBINVD, power and sleep button as control methods, RTC wake not fixed, 32-bit timer, reset register.
    put(bytes, 112, uint32_t{1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 10});
    put_port(bytes, 116, 8, kResetPort);
    bytes[128] = kResetValue;
    put(bytes, 140, dsdt);
    put_port(bytes, 148, 32, kPm1Event);
    put_port(bytes, 172, 16, kPm1Control);
    put_port(bytes, 208, 32, kPmTimer);
    return bytes;
}

// Hardware-reduced ACPI: no PM registers, no PM timer, no SCI.
Bytes reduced_fadt(uint64_t dsdt) {
    Bytes bytes = table("FACP", 5);
    bytes.resize(268);
    put(bytes, 40, static_cast<uint32_t>(dsdt));
    put(bytes, 109, uint16_t{1 << 2 | 1 << 5}); // no VGA, no real-time clock
    // WBINVD, power and sleep button as control methods, reset register, reduced hardware.
    put(bytes, 112, uint32_t{1 | 1 << 4 | 1 << 5 | 1 << 10 | 1 << 20});
    put_port(bytes, 116, 8, kResetPort);
    bytes[128] = kResetValue;
    put(bytes, 140, dsdt);
    put_port(bytes, 244, 8, kSleepControl);
    put_port(bytes, 256, 8, kSleepStatus);
    return bytes;
}

uint64_t add_facs(Area& area) {
    Bytes facs(64);
    memcpy(facs.data(), "FACS", 4);
    put(facs, 4, uint32_t{64});
    facs[32] = 1;
    return area.add_raw(facs);
}

} // namespace

void write_acpi_tables(const Memory& memory, unsigned cpus, Generation generation) {
    const bool one = generation == Generation::One;
    Area area(memory);
    const Bytes dsdt = one ? Bytes(dsdt1_aml_code, dsdt1_aml_code + sizeof dsdt1_aml_code)
                           : Bytes(dsdt2_aml_code, dsdt2_aml_code + sizeof dsdt2_aml_code);
    const uint64_t dsdt_address = area.add_raw(dsdt);
    const uint64_t fadt_address = area.add(one ? fadt(add_facs(area), dsdt_address) : reduced_fadt(dsdt_address));
    const uint64_t madt_address = area.add(madt(cpus, generation));
    Bytes xsdt = table("XSDT", 1);
    append(xsdt, fadt_address);
    append(xsdt, madt_address);
    Bytes rsdt = table("RSDT", 1);
    append(rsdt, static_cast<uint32_t>(fadt_address));
    append(rsdt, static_cast<uint32_t>(madt_address));
    const uint64_t xsdt_address = area.add(xsdt);
    const uint64_t rsdt_address = area.add(rsdt);

    unsigned char* const rsdp = memory.at(kRsdpAddress, 36);
    if (!rsdp) throw Error("no room for the ACPI tables");
    memset(rsdp, 0, 36);
    memcpy(rsdp, "RSD PTR ", 8);
    memcpy(rsdp + 9, "LISNG ", 6);
    rsdp[15] = 2;
    const uint32_t rsdt32 = static_cast<uint32_t>(rsdt_address), length = 36;
    memcpy(rsdp + 16, &rsdt32, 4);
    memcpy(rsdp + 20, &length, 4);
    memcpy(rsdp + 24, &xsdt_address, 8);
    rsdp[8] = checksum(rsdp, 20);
    rsdp[32] = checksum(rsdp, 36);
}

} // namespace vmm
