// SPDX-License-Identifier: GPL-2.0-only
// Locks held by scope, and the order in which they are taken.
#ifndef LIS_LOCK_HPP
#define LIS_LOCK_HPP

#include <lis/os.h>

namespace lis {

// A lock is taken only while locks of lower rank are held.
enum class LockRank : uint32_t {
    DriverRequest = 1,  // a driver waits for its host
    DriverControl,      // a driver's own life cycle
    SubchannelHandler,  // one on_subchannel call at a time
    RescindCallback,    // held over on_rescind
    ChannelDirectories, // which channels have one in sysfs
    ChannelControl,     // open, close and modify of a primary
    SubchannelControl,  // the same of a sub-channel; its primary's may be held
    ChannelRings,       // whether a channel's rings are mapped
    ChannelList,        // which channels there are
    // spin locks from here on
    ChannelState,
    Exchange,           // who waits for which answer
    Inbox,
    Ledger,
    Driver,             // a driver's own spin lock
};

class Spinlock {
public:
    Spinlock() : lock_(nullptr) {}
    ~Spinlock() { lis_os_spinlock_destroy(lock_); }
    Spinlock(const Spinlock&) = delete;
    Spinlock& operator=(const Spinlock&) = delete;
    // false: no memory.
    bool init(LockRank rank) {
        lock_ = lis_os_spinlock_create(static_cast<uint32_t>(rank));
        return lock_ != nullptr;
    }

private:
    friend class SpinGuard;
    lis_os_spinlock* lock_;
};

// Interrupts are off while it lives; any context.
class SpinGuard {
public:
    explicit SpinGuard(Spinlock& lock) : lock_(lock.lock_), state_(lis_os_spin_lock(lock.lock_)) {}
    ~SpinGuard() { lis_os_spin_unlock(lock_, state_); }
    SpinGuard(const SpinGuard&) = delete;
    SpinGuard& operator=(const SpinGuard&) = delete;

private:
    lis_os_spinlock* lock_;
    unsigned long state_;
};

class Mutex {
public:
    Mutex() : mutex_(nullptr) {}
    ~Mutex() { lis_os_mutex_destroy(mutex_); }
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    bool init(LockRank rank) {
        mutex_ = lis_os_mutex_create(static_cast<uint32_t>(rank));
        return mutex_ != nullptr;
    }

private:
    friend class MutexGuard;
    lis_os_mutex* mutex_;
};

// Process context.
class MutexGuard {
public:
    explicit MutexGuard(Mutex& mutex) : mutex_(mutex.mutex_) { lis_os_mutex_lock(mutex_); }
    ~MutexGuard() { lis_os_mutex_unlock(mutex_); }
    MutexGuard(const MutexGuard&) = delete;
    MutexGuard& operator=(const MutexGuard&) = delete;

private:
    lis_os_mutex* mutex_;
};

} // namespace lis

#endif
