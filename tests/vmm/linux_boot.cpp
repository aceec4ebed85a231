// SPDX-License-Identifier: GPL-2.0-only
// The protocol: Documentation/arch/x86/boot.rst. Offsets are those of struct boot_params.
#include "linux_boot.hpp"

#include <algorithm>
#include <cstring>

namespace vmm {

namespace {

const uint64_t kBootParams = 0x7000;
const uint64_t kCommandLine = 0x20000;
const uint64_t kKernel = 0x100000;
const uint64_t kPage = 4096;

enum Offset : size_t {
    kE820Entries = 0x1E8,
    kHeader = 0x1F1,
    kSetupSectors = 0x1F1,
    kBootFlag = 0x1FE,
    kJump = 0x200,
    kMagic = 0x202,
    kVersion = 0x206,
    kLoaderType = 0x210,
    kLoadFlags = 0x211,
    kInitrdAddress = 0x218,
    kInitrdSize = 0x21C,
    kHeapEnd = 0x224,
    kCommandLinePointer = 0x228,
    kInitrdMax = 0x22C,
    kCommandLineSize = 0x238,
    kInitSize = 0x260,
    kRsdp = 0x70,
    kE820 = 0x2D0,
};

template <typename T>
T get(const std::string& bytes, size_t offset) {
    T value;
    memcpy(&value, &bytes[offset], sizeof value);
    return value;
}

template <typename T>
void put(unsigned char* to, size_t offset, T value) {
    memcpy(to + offset, &value, sizeof value);
}

unsigned char* place(const Memory& memory, uint64_t address, uint64_t size, const std::string& what) {
    unsigned char* const to = memory.at(address, size);
    if (!to) throw Error("the guest's memory is too small for " + what);
    return to;
}

class E820 {
public:
    explicit E820(unsigned char* params) : params_(params) {}
    void add(uint64_t start, uint64_t size, uint32_t type) {
        unsigned char* const entry = params_ + kE820 + 20 * count_;
        put(entry, 0, start);
        put(entry, 8, size);
        put(entry, 16, type);
        params_[kE820Entries] = ++count_;
    }

private:
    unsigned char* params_;
    unsigned char count_ = 0;
};

const uint32_t kRam = 1, kReserved = 2, kAcpi = 3;
const uint64_t kVideo = 0xA0000, kVideoEnd = 0xC0000; // nothing is there without a BIOS either

void place_initramfs(const Memory& memory, const BootImages& images, unsigned char* params, uint64_t kernel_end, uint32_t max) {
    const std::string& bytes = images.initramfs;
    const uint64_t end = std::min<uint64_t>(memory.low_bytes(), uint64_t{max} + 1);
    if (bytes.size() > end || ((end - bytes.size()) & ~(kPage - 1)) < kernel_end)
        throw Error("the guest's memory is too small for " + images.initramfs_name);
    const uint64_t address = (end - bytes.size()) & ~(kPage - 1);
    memcpy(place(memory, address, bytes.size(), images.initramfs_name), bytes.data(), bytes.size());
    put(params, kInitrdAddress, static_cast<uint32_t>(address));
    put(params, kInitrdSize, static_cast<uint32_t>(bytes.size()));
}

} // namespace

Entry load_linux(const Memory& memory, const BootImages& images, Generation generation) {
    const std::string& image = images.kernel;
    if (image.size() < 0x1000 || get<uint16_t>(image, kBootFlag) != 0xAA55 || image.compare(kMagic, 4, "HdrS") != 0)
        throw Error(images.kernel_name + ": not a bzImage");
    const uint16_t version = get<uint16_t>(image, kVersion);
    if (version < 0x204 || !(image[kLoadFlags] & 1)) throw Error(images.kernel_name + ": too old a boot protocol");
    const uint8_t sectors = get<uint8_t>(image, kSetupSectors) ? get<uint8_t>(image, kSetupSectors) : 4;
    const size_t setup_bytes = (sectors + size_t{1}) * 512;
    if (setup_bytes >= image.size()) throw Error(images.kernel_name + ": cut short");

    unsigned char* const params = place(memory, kBootParams, kPage, "boot parameters");
    memset(params, 0, kPage);
    const size_t header_end = std::min<size_t>(kMagic + get<uint8_t>(image, kJump + 1), 0x290);
    memcpy(params + kHeader, &image[kHeader], header_end - kHeader);
    params[kLoaderType] = 0xFF;
    params[kLoadFlags] |= 0x80; // the heap's end below is meant
    put(params, kHeapEnd, uint16_t{0xFE00});
    put(params, kRsdp, kRsdpAddress);

    const size_t limit = version >= 0x206 ? get<uint32_t>(image, kCommandLineSize) : 255;
    if (images.command_line.size() > limit)
        throw Error("the command line is longer than the " + std::to_string(limit) + " bytes that this kernel takes");
    memcpy(place(memory, kCommandLine, limit + 1, "the command line"), images.command_line.c_str(),
           images.command_line.size() + 1);
    put(params, kCommandLinePointer, static_cast<uint32_t>(kCommandLine));

    const size_t kernel_bytes = image.size() - setup_bytes;
    memcpy(place(memory, kKernel, kernel_bytes, images.kernel_name), &image[setup_bytes], kernel_bytes);
    // Where the kernel unpacks itself it also wants room that its file does not show.
    const uint64_t room = version >= 0x20A ? get<uint32_t>(image, kInitSize) : 4 * kernel_bytes;
    const uint64_t max = get<uint32_t>(image, kInitrdMax);
    if (!images.initramfs.empty())
        place_initramfs(memory, images, params, 0x1000000 + room, max ? static_cast<uint32_t>(max) : 0x37FFFFFF);

    E820 map(params);
    if (generation == Generation::One) {
        map.add(0, 0x9FC00, kRam);
        map.add(0x9FC00, kKernel - 0x9FC00, kReserved);
    } else {
        map.add(0, kVideo, kRam);
        map.add(kVideoEnd, kRsdpAddress - kVideoEnd, kRam);
        map.add(kRsdpAddress, kAcpiEnd - kRsdpAddress, kAcpi);
        map.add(kAcpiEnd, kKernel - kAcpiEnd, kRam);
    }
    map.add(kKernel, memory.low_bytes() - kKernel, kRam);
    if (memory.high_bytes() != 0) map.add(kHoleEnd, memory.high_bytes(), kRam);

    // Flat code and data where the boot protocol wants them: selectors 0x10 and 0x18.
    const uint64_t gdt[] = {0, 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF};
    static_assert(sizeof gdt == kGdtBytes, "");
    memcpy(place(memory, kGdtAddress, sizeof gdt, "a descriptor table"), gdt, sizeof gdt);
    return Entry{static_cast<uint32_t>(kKernel), static_cast<uint32_t>(kBootParams)};
}

} // namespace vmm
