// SPDX-License-Identifier: GPL-2.0-only
// File descriptors of the KVM interface, and how its refusals become one line.
#ifndef VMM_KVM_HPP
#define VMM_KVM_HPP

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include <linux/kvm.h>

namespace vmm {

// What the user can read and act on; main() prints it and exits with 1.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& text) : std::runtime_error(text) {}
};

// text, then what errno says.
Error system_error(const std::string& text);

// Owns a descriptor.
class Fd {
public:
    Fd() {}
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept;
    ~Fd() { reset(); }
    int get() const { return fd_; }
    int release();
    void reset();

private:
    int fd_ = -1;
};

// ioctl() whose failure throws Error naming `what`.
int control(const Fd& fd, unsigned long request, const void* argument, const char* what);
int control(const Fd& fd, unsigned long request, unsigned long argument, const char* what);

// A count, a word and entries: what several requests carry. linux/kvm.h's own structs with a flexible
// array, and the request numbers made of their size, are another size in C++ than in C.
template <typename Entry>
class Table {
public:
    explicit Table(size_t capacity) : words_(1 + (capacity * sizeof(Entry) + 7) / 8) { set_count(capacity); }
    explicit Table(const std::vector<Entry>& entries) : Table(entries.size()) {
        memcpy(words_.data() + 1, entries.data(), entries.size() * sizeof(Entry));
    }
    void* data() { return words_.data(); }
    std::vector<Entry> entries() const {
        std::vector<Entry> result(count());
        memcpy(result.data(), words_.data() + 1, result.size() * sizeof(Entry));
        return result;
    }

private:
    void set_count(size_t count) { words_[0] = count; }
    size_t count() const { return words_[0] & 0xFFFFFFFF; }
    std::vector<uint64_t> words_;
};
constexpr unsigned long table_request(unsigned long direction, unsigned number) {
    return _IOC(direction, KVMIO, number, sizeof(uint64_t));
}
const unsigned long kGetSupportedCpuid = table_request(_IOC_READ | _IOC_WRITE, 0x05);
const unsigned long kSetGsiRouting = table_request(_IOC_WRITE, 0x6A);
const unsigned long kGetMsrs = table_request(_IOC_READ | _IOC_WRITE, 0x88);
const unsigned long kSetCpuid = table_request(_IOC_WRITE, 0x90);
const unsigned long kGetSupportedHvCpuid = table_request(_IOC_READ | _IOC_WRITE, 0xC1);

// Opens /dev/kvm and demands what a Hyper-V guest needs of it.
Fd open_kvm(const std::string& path);

enum class Waiting { Never, Sleeps }; // when there is nothing to take
Fd make_eventfd(Waiting waiting = Waiting::Never);
// Adds one to an eventfd; any context.
void notify(const Fd& fd);
// Takes what stands in it; false: nothing.
bool take(const Fd& fd);
// Sleeps until there is something, and takes it: how often it was notified. For one made with Waiting::Sleeps.
uint64_t wait(const Fd& fd);

} // namespace vmm

#endif
