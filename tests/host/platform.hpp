// SPDX-License-Identifier: GPL-2.0-only
// What the host model needs of whatever contains the guest: a VMM, or a unit test.
// The model has no threads and no locks: whoever embeds it makes one call at a
// time, and the model calls back on the same stack. Only Channel::serve() may run on
// several threads at once, for several channels and without any other call.
#ifndef HOST_PLATFORM_HPP
#define HOST_PLATFORM_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace host {

class Tamper;

class Platform {
public:
    virtual ~Platform() {}

    // The bytes of one guest page of 4 KiB, valid as long as the guest; null: no memory there.
    virtual void* page(uint64_t frame) = 0;
    // Raises SINT sint on that VP; false: masked, or no such VP.
    virtual bool raise_sint(uint32_t vp, uint32_t sint) = 0;
    virtual uint64_t now_ns() = 0;
    // What the guest reads as the partition's reference counter, in 100 ns.
    virtual uint64_t reference_time() { return now_ns() / 100; }
    // Calls action later, never from inside after().
    virtual void after(uint64_t ns, std::function<void()> action) = 0;
    // Messages wait for a slot on that VP: an end-of-message of the guest must be told (Synic::msr_written()) until
    // this is called with false.
    virtual void end_of_message_wanted(uint32_t vp, bool wanted) { static_cast<void>(vp), static_cast<void>(wanted); }
    // Until the matching release the guest must keep that page for the host.
    virtual void page_held(uint64_t frame) { static_cast<void>(frame); }
    virtual void page_released(uint64_t frame) { static_cast<void>(frame); }
    // Who changes what the host writes, for hostile hosts; the same as long as the model. Null: nobody.
    virtual Tamper* tamper() { return nullptr; }
    // Something worth a line: what the guest did wrong, or what was dropped.
    virtual void log(const std::string& line) { static_cast<void>(line); }
};

// Copies between the guest's memory and the host's. False: some page does not exist.
bool read_guest(Platform& platform, uint64_t address, void* to, size_t size);
bool write_guest(Platform& platform, uint64_t address, const void* from, size_t size);

} // namespace host

#endif
