// SPDX-License-Identifier: GPL-2.0-only
#include "ledger.hpp"

#include <lis/memory.hpp>

#include "device_class.hpp"

namespace vmbus {

using lis::SpinGuard;

Ledger::~Ledger() {
    while (Gpadl* entry = entries_.pop_front())
        lis::destroy(entry);
}

Gpadl* Ledger::find(uint32_t handle) {
    for (Gpadl& entry : entries_)
        if (entry.handle == handle)
            return &entry;
    return nullptr;
}

// Handles wrap after 2^32 GPADLs; 0 means "none" to drivers.
uint32_t Ledger::unused_handle() {
    do {
        next_handle_++;
    } while (next_handle_ == 0 || find(next_handle_) != nullptr);
    return next_handle_;
}

void Ledger::set_state(Gpadl& entry, Gpadl::State state) {
    const uint64_t pages = lis_os_pages_count(entry.pages);
    if (entry.state == Gpadl::State::Shared)
        counts_.shared -= pages;
    if (entry.state == Gpadl::State::WithHost)
        counts_.with_host -= pages;
    entry.state = state;
    if (state == Gpadl::State::Shared)
        counts_.shared += pages;
    if (state == Gpadl::State::WithHost)
        counts_.with_host += pages;
}

Gpadl* Ledger::add(uint32_t page_count, const lis_guid& device) {
    Gpadl* const entry = lis::create<Gpadl>();
    if (entry == nullptr)
        return nullptr;
    entry->pages = lis_os_pages_alloc(page_count);
    if (entry->pages == nullptr) {
        lis::destroy(entry);
        return nullptr;
    }
    entry->device = device;
    SpinGuard guard(lock_);
    entry->handle = unused_handle();
    counts_.allocated += page_count;
    entries_.push_back(*entry);
    return entry;
}

void Ledger::mark_shared(Gpadl& entry, uint32_t relid) {
    SpinGuard guard(lock_);
    entry.relid = relid;
    set_state(entry, Gpadl::State::Shared);
}

void Ledger::detach(Gpadl& entry) {
    set_state(entry, Gpadl::State::Private);
    counts_.freed += lis_os_pages_count(entry.pages);
    entries_.remove(entry);
}

void Ledger::free(Gpadl* entry) {
    {
        SpinGuard guard(lock_);
        detach(*entry);
    }
    lis::destroy(entry);
}

void Ledger::refused(Gpadl& entry) {
    {
        SpinGuard guard(lock_);
        if (entry.answer == Gpadl::Answer::None)
            entry.answer = Gpadl::Answer::MissedRefusal;
    }
    leave_with_host(entry, Gpadl::Teardown::NotDue);
}

void Ledger::leave_with_host(Gpadl& entry, Gpadl::Teardown teardown) {
    {
        SpinGuard guard(lock_);
        if (entry.answer != Gpadl::Answer::MissedRefusal) {
            set_state(entry, Gpadl::State::WithHost);
            const bool missed = entry.answer == Gpadl::Answer::MissedSuccess && teardown == Gpadl::Teardown::NotDue;
            entry.teardown = missed ? Gpadl::Teardown::Due : teardown;
            return;
        }
        detach(entry);
    }
    lis::destroy(&entry);
}

void Ledger::accepted(Gpadl& entry) {
    SpinGuard guard(lock_);
    entry.answer = Gpadl::Answer::Accepted;
}

bool Ledger::answered_late(uint32_t handle, bool success) {
    {
        SpinGuard guard(lock_);
        Gpadl* const entry = find(handle);
        if (entry == nullptr)
            return false;
        // The first answer counts: a host that has taken the pages cannot refuse them later.
        if (entry->answer != Gpadl::Answer::None)
            return false;
        if (entry->state == Gpadl::State::Shared || success)
            entry->answer = success ? Gpadl::Answer::MissedSuccess : Gpadl::Answer::MissedRefusal;
        if (entry->state == Gpadl::State::Shared)
            return true;
    }
    return success ? teardown_is_due(handle) : torn_down(handle);
}

bool Ledger::torn_down(uint32_t handle) {
    Gpadl* entry;
    {
        SpinGuard guard(lock_);
        entry = find(handle);
        if (entry == nullptr || entry->state != Gpadl::State::WithHost)
            return false;
        detach(*entry);
    }
    lis::destroy(entry);
    return true;
}

bool Ledger::teardown_is_due(uint32_t handle) {
    SpinGuard guard(lock_);
    Gpadl* const entry = find(handle);
    if (entry == nullptr || entry->state != Gpadl::State::WithHost)
        return false;
    if (entry->teardown == Gpadl::Teardown::NotDue)
        entry->teardown = Gpadl::Teardown::Due;
    return true;
}

bool Ledger::take_due_teardown(uint32_t* relid, uint32_t* handle) {
    SpinGuard guard(lock_);
    for (Gpadl& entry : entries_) {
        if (entry.teardown != Gpadl::Teardown::Due)
            continue;
        entry.teardown = Gpadl::Teardown::Sent;
        *relid = entry.relid;
        *handle = entry.handle;
        return true;
    }
    return false;
}

void Ledger::host_let_go() {
    lis::List<Gpadl> gone;
    {
        SpinGuard guard(lock_);
        entries_.for_each([this, &gone](Gpadl& entry) {
            if (entry.state != Gpadl::State::WithHost)
                return;
            detach(entry);
            gone.push_back(entry);
        });
    }
    while (Gpadl* entry = gone.pop_front())
        lis::destroy(entry);
}

void Ledger::abandon_all() {
    uint64_t pages = 0;
    for (;;) {
        Gpadl* entry;
        {
            SpinGuard guard(lock_);
            entry = entries_.pop_front();
            if (entry == nullptr)
                break;
            const uint64_t count = lis_os_pages_count(entry->pages);
            set_state(*entry, Gpadl::State::Private);
            counts_.abandoned += count;
            pages += count;
        }
        lis_os_pages_abandon(entry->pages);
        entry->pages = nullptr;
        lis::destroy(entry);
    }
    if (pages != 0)
        lis_os_log(LIS_OS_LOG_WARNING, "%llu pages stay with the host, which has not let go of them",
                   static_cast<unsigned long long>(pages));
}

bool Ledger::is_over_limit(const lis_guid& device) {
    SpinGuard guard(lock_);
    uint64_t pages = 0;
    for (Gpadl& entry : entries_)
        if (entry.state == Gpadl::State::WithHost && same_guid(entry.device, device))
            pages += lis_os_pages_count(entry.pages);
    return pages > kDeviceLimitPages || counts_.with_host > kTotalLimitPages;
}

void Ledger::status(struct vmbus_core_ledger* status) {
    SpinGuard guard(lock_);
    *status = counts_;
}

} // namespace vmbus
