// SPDX-License-Identifier: GPL-2.0-only
// The synthetic interrupt controller of every CPU: its message page, its event
// flags and the page that messages are posted from (protocol.md 1.2, 1.6, 1.7).
#ifndef VMBUS_SYNIC_HPP
#define VMBUS_SYNIC_HPP

#include <hyperv/synic.h>
#include <lis/os.h>
#include <lis/result.hpp>

#include "counters.hpp"
#include "inbox.hpp"

namespace vmbus {

class Synic {
public:
    Synic();
    ~Synic();
    Synic(const Synic&) = delete;
    Synic& operator=(const Synic&) = delete;

    // Pages for every possible CPU, since a CPU that appears later must not fail.
    LIS_MUST_USE lis::Status init(uint32_t vector, bool auto_eoi);

    // On the CPU concerned.
    void enable(uint32_t cpu);
    void mask(uint32_t cpu);
    void disable(uint32_t cpu);

    enum class Taken : uint32_t {
        Nothing, // the slot is free
        Message, // now in the inbox
        Other,   // something was consumed and dropped
        Full,    // the inbox is; the message stays in its slot
    };
    // Consumes what is in the SINT2 slot of the CPU that this runs on. Any context.
    Taken take_message(uint32_t cpu, Inbox& inbox, Counters& counters);
    // Whether take_message has answered Full on a CPU since the last call.
    bool take_stalled(uint32_t cpu);

    // Crash path: consumes the SINT2 slot of any CPU without the inbox; true and the
    // type of the channel message if there was one.
    bool take_in_crash(uint32_t cpu, uint32_t* message_type);
    void clear_slot(uint32_t cpu);
    // EOM of the CPU that this runs on, whether the host waits for it or not.
    void tell_end_of_message();

    // The 32-bit word number index of SINT2's event flags, cleared. Any context.
    uint32_t take_events(uint32_t cpu, uint32_t index);

    // One page of private memory for hypercall input; the caller is pinned to cpu.
    void* post_page(uint32_t cpu) const { return cpus_[cpu].post; }

private:
    struct Cpu {
        hyperv::SynicMessage* slot;       // SINT2's
        uint32_t* events;                 // SINT2's
        void* post;
        uint32_t stalled;
    };

    void raise_vector() const;
    static void end_of_message(const hyperv::SynicMessage* slot);

    lis_os_pages* pages_; // three for each CPU: messages, events, post
    lis_os_pages* table_; // holds cpus_
    Cpu* cpus_;
    uint32_t cpu_limit_;
    uint32_t vector_;
    bool auto_eoi_;
};

} // namespace vmbus

#endif
