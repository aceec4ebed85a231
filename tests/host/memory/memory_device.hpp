// SPDX-License-Identifier: GPL-2.0-only
// Dynamic memory (protocol.md chapter 7): asks the guest for pages, gives them back,
// adds new ones. It judges what the guest does: every page that it hands over is in
// its memory and is handed over once, lengths fit, nothing comes unasked. What breaks
// the protocol is put on record in violations(), and is not done.
#ifndef HOST_MEMORY_MEMORY_DEVICE_HPP
#define HOST_MEMORY_MEMORY_DEVICE_HPP

#include "../channel.hpp"
#include "../device.hpp"
#include "guest_memory.hpp"

#include <hyperv/dynamic_memory.h>

#include <deque>
#include <set>
#include <string>

namespace host {

struct MemoryOptions {
    // Accepted versions; empty: 0.3, 1.0 and 2.0.
    std::set<uint32_t> versions;
    bool accepts_capabilities = true;
    bool wants_status = true;
    bool says_maximum = true;       // info message after start-up, from 1.0 on
    size_t ranges_in_message = 510; // of an unballoon request; QEMU sends 1
    uint64_t most_in_request = 585728; // pages of one balloon request
};

// What the guest reported last, and how often.
struct PressureReport {
    uint64_t count = 0;
    uint64_t available = 0, committed = 0; // pages
};

class MemoryDevice : public Device {
public:
    enum class State { Closed, Version, Capabilities, Idle, Ballooning, Unballooning, HotAdding };

    MemoryDevice(const hyperv::Guid& instance, GuestMemory memory, const MemoryOptions& options = MemoryOptions());

    OfferDescription describe() const override;
    uint32_t on_open(Channel& channel) override;
    void on_close(Channel& channel) override;
    void on_signal(Channel& channel) override;

    // ---- what the host wants; each returns why it cannot be asked for, or "" ----

    // One request for that many pages.
    std::string balloon(uint64_t pages);
    // Gives that many back, or as many as there are.
    std::string unballoon(uint64_t pages);
    // region: names the area within which more will be added later, as large as the
    // guest's alignment makes it.
    std::string hot_add(uint64_t pages, bool region);
    // Balloons or unballoons, request after request, until the guest has that many
    // pages for itself, or has nothing to give. What is hot-added later comes on top.
    std::string set_target(uint64_t pages);

    // ---- what happened ----

    State state() const { return state_; }
    uint32_t version() const { return version_; }
    uint64_t capabilities() const { return capabilities_; }
    const GuestMemory& memory() const { return memory_; }
    // What the guest has for itself.
    uint64_t assigned() const { return memory_.present.count() - memory_.ballooned.count(); }
    const PressureReport& pressure() const { return pressure_; }
    // The last balloon request brought no page; or the last hot-add request none.
    bool refused() const { return refused_; }
    // The guest has said that it never will.
    bool hot_add_ended() const { return hot_add_ended_; }
    uint64_t hot_added() const { return hot_added_; }
    // Of the last balloon request: messages that answered it.
    uint64_t answers() const { return answers_; }
    const std::vector<std::string>& violations() const { return violations_; }
    void count(Counters& counters) const override;

private:
    typedef std::vector<unsigned char> Bytes;

    void received(const Packet& packet);
    void version_request(const Bytes& message);
    void capability_report(const Bytes& message);
    void status_report(const Bytes& message);
    void balloon_response(const Bytes& message);
    void unballoon_response();
    void hot_add_response(const Bytes& message);
    void take(PageRange range);

    std::string why_not() const;
    uint64_t alignment_pages() const;
    void pursue_target();
    void violation(const std::string& text);
    template <typename Message>
    Message make(hyperv::DmType type);
    void send(const void* message, size_t size);
    void write_queued();

    hyperv::Guid instance_;
    GuestMemory memory_;
    MemoryOptions options_;
    Channel* channel_ = nullptr; // while open
    std::deque<Bytes> queue_;    // waits for room in the guest's ring
    State state_ = State::Closed;
    uint32_t version_ = 0;
    bool last_attempt_ = false;
    uint64_t capabilities_ = 0;
    uint32_t transaction_ = 0;
    uint64_t asked_ = 0;  // pages, of the request under way
    uint64_t brought_ = 0;
    uint64_t answers_ = 0;
    PageRange adding_;
    PressureReport pressure_;
    bool refused_ = false;
    bool hot_add_ended_ = false;
    uint64_t hot_added_ = 0;
    bool has_target_ = false;
    uint64_t target_ = 0;
    std::vector<std::string> violations_;
};

} // namespace host

#endif
