// SPDX-License-Identifier: GPL-2.0-only
// Guest memory under a GPADL handle: put together from one HEADER and its BODYs
// (protocol.md 2.4.7), then a list of pages that the guest has lent to the host.
#ifndef HOST_GPADL_HPP
#define HOST_GPADL_HPP

#include "platform.hpp"

#include <vector>

namespace host {

class Gpadl {
public:
    Gpadl(Platform& platform, uint32_t relid, uint32_t handle) : platform_(platform), relid_(relid), handle_(handle) {}
    ~Gpadl() { release(); }
    Gpadl(const Gpadl&) = delete;
    Gpadl& operator=(const Gpadl&) = delete;

    // range_bytes as the HEADER says; data is what follows the HEADER's or BODY's
    // fixed part. False: this can never become a valid GPADL.
    bool begin(uint32_t range_bytes, uint32_t range_count, const unsigned char* data, size_t size);
    bool add(const unsigned char* data, size_t size);
    bool complete() const { return words_.size() >= expected_; }
    // Judges what was put together and takes the pages.
    bool accept();
    // The host will not touch the pages again. Harmless the second time.
    void release();

    uint32_t relid() const { return relid_; }
    uint32_t handle() const { return handle_; }
    const std::vector<uint64_t>& frames() const { return frames_; }

    bool accepted = false;
    bool tearing_down = false;
    bool told = false; // the guest has read that it was accepted; only tampered hosts say otherwise later

private:
    Platform& platform_;
    uint32_t relid_;
    uint32_t handle_;
    size_t expected_ = 0; // 64-bit words
    uint32_t range_count_ = 0;
    std::vector<uint64_t> words_;
    std::vector<uint64_t> frames_;
};

} // namespace host

#endif
