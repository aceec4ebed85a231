// SPDX-License-Identifier: GPL-2.0-only
// Watches what the guest does with a ring's memory, through the hooks of
// lis/shared.hpp. While a watch lives, the guest's mapping is poisoned: an access
// past those functions is an ASan error. A byte of packet data that is loaded twice
// before the guest moves its read index is a double fetch and fails the test.
#ifndef SUPPORT_SHARED_WATCH_HPP
#define SUPPORT_SHARED_WATCH_HPP

#include "ring_memory.hpp"

#include <functional>
#include <vector>

namespace support {

class SharedWatch {
public:
    explicit SharedWatch(RingMemory& memory);
    ~SharedWatch();
    SharedWatch(const SharedWatch&) = delete;
    SharedWatch& operator=(const SharedWatch&) = delete;

    // The hostile host: called behind every load of the guest; offset counts from the
    // control page, with the second mapping of the data folded onto the first.
    std::function<void(size_t offset, size_t size)> after_load;
    // Called before every access.
    std::function<void(size_t offset, size_t size, int access)> before_access;

    uint32_t double_fetches() const { return double_fetches_; }
    // For tests that provoke one: counts only.
    void tolerate_double_fetches() { tolerant_ = true; }
    uint32_t data_loads() const { return data_loads_; }
    uint32_t data_stores() const { return data_stores_; }
    // Loads of one word of the control page.
    uint32_t control_loads(size_t offset) const { return control_loads_[offset / 4]; }
    uint32_t control_stores(size_t offset) const { return control_stores_[offset / 4]; }
    void forget_counts();

    void begin(const volatile void* address, size_t size, int access);
    void end(const volatile void* address, size_t size, int access);
    bool covers(const volatile void* address) const;

private:
    size_t offset_of(const volatile void* address) const;
    void poison(bool on, size_t offset, size_t size);
    void loaded(size_t offset, size_t size);

    RingMemory& memory_;
    unsigned char* guest_;
    std::vector<unsigned char> loads_; // of each byte of data since the last index move
    uint32_t control_loads_[17] = {};
    uint32_t control_stores_[17] = {};
    uint32_t data_loads_ = 0;
    uint32_t data_stores_ = 0;
    uint32_t double_fetches_ = 0;
    bool tolerant_ = false;
};

} // namespace support

#endif
