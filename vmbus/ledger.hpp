// SPDX-License-Identifier: GPL-2.0-only
// The page ledger: all memory that was shared with the host, and whether the host
// may still use it. Pages are given back to the kernel only after the host has said
// that it let go of them: by GPADL_TORNDOWN, by UNLOAD_RESPONSE, or by accepting a
// new connection. A rescind or a time-out alone never frees them.
#ifndef VMBUS_LEDGER_HPP
#define VMBUS_LEDGER_HPP

#include <lis/list.hpp>
#include <lis/lock.hpp>
#include <lis/result.hpp>
#include <lis/vmbus.h>

#include "vmbus_core.h"

struct lis_vmbus_gpadl {};

namespace vmbus {

class Channel;

// state, teardown and answer are guarded by the ledger's lock; the rest is fixed while
// somebody uses the entry.
class Gpadl : public lis_vmbus_gpadl, public lis::ListLink<Gpadl> {
public:
    enum class State : uint8_t {
        Private,  // the host does not know it
        Shared,   // a driver uses it, and the host may
        WithHost, // the driver has given it up, the host has not
    };

    // GPADL_CREATED. Missed: it came when nobody waited for it any more, and the entry
    // was not WithHost yet.
    enum class Answer : uint8_t { None, Accepted, MissedSuccess, MissedRefusal };

    // A host answers one TEARDOWN of a handle; a second one may come behind the last
    // message of its channel.
    enum class Teardown : uint8_t { NotDue, Due, Sent };

    Gpadl()
        : pages(nullptr), handle(0), relid(0), state(State::Private), teardown(Teardown::NotDue),
          answer(Answer::None), device(), channel(nullptr) {}
    ~Gpadl() { lis_os_pages_free(pages); }

    lis_os_pages* pages;
    uint32_t handle;
    uint32_t relid;
    State state;
    Teardown teardown; // of what is WithHost
    Answer answer;
    lis_guid device;   // instance of the device that it belongs to
    Channel* channel;  // its driver's, referenced while Shared; nullptr for rings
};

class Ledger {
public:
    // What one device may leave with the host before it is refused more.
    static const uint64_t kDeviceLimitPages = (32u << 20) / 4096;
    // The same for all together: a host may invent ever new devices.
    static const uint64_t kTotalLimitPages = (256u << 20) / 4096;

    Ledger() : next_handle_(kFirstHandle), counts_() {}
    ~Ledger(); // everything must have been freed or abandoned

    LIS_MUST_USE lis::Status init() {
        return lock_.init(lis::LockRank::Ledger) ? lis::Status::Ok : lis::Status::NoMemory;
    }

    // Pages of its own and a handle that no entry has. nullptr: no memory.
    Gpadl* add(uint32_t page_count, const lis_guid& device);
    void mark_shared(Gpadl& entry, uint32_t relid);
    // The host never knew it.
    void free(Gpadl* entry);
    // The driver has let go of it, and the entry is not the caller's any more.
    // Sent: the caller sends the TEARDOWN itself.
    void leave_with_host(Gpadl& entry, Gpadl::Teardown teardown);
    // The host has refused it, to its waiter: frees it, or leaves it with a host that had
    // said the contrary before.
    void refused(Gpadl& entry);

    // The host has let go: frees what is WithHost. false: no such entry, or in use.
    bool torn_down(uint32_t handle);
    // The host's answer has reached its waiter.
    void accepted(Gpadl& entry);
    // It has not: a success makes the TEARDOWN due, a refusal frees the pages, now or
    // when the waiter has given up. false: no such entry, or answered already; the host
    // cannot take back that it has the pages.
    bool answered_late(uint32_t handle, bool success);
    // The host may be asked to let go of this entry, if it has not been. false: no
    // entry WithHost.
    bool teardown_is_due(uint32_t handle);
    // The next entry that a TEARDOWN is due for; it is not due any more afterwards.
    bool take_due_teardown(uint32_t* relid, uint32_t* handle);

    // The host has let go of everything that is WithHost.
    void host_let_go();
    // It has not, and there will be no more chance: the pages stay allocated for ever.
    void abandon_all();

    // Whether the host keeps so much of this device, or of all, that it gets no more.
    bool is_over_limit(const lis_guid& device);
    void status(struct vmbus_core_ledger* status);

private:
    static const uint32_t kFirstHandle = 0xE1E10;

    // The next four with the lock held.
    Gpadl* find(uint32_t handle);
    uint32_t unused_handle();
    void set_state(Gpadl& entry, Gpadl::State state);
    void detach(Gpadl& entry);

    lis::Spinlock lock_;
    lis::List<Gpadl> entries_;
    uint32_t next_handle_;
    struct vmbus_core_ledger counts_; // in pages
};

} // namespace vmbus

#endif
