// SPDX-License-Identifier: GPL-2.0-only
// lis/os.h: spin locks and mutexes, with the checks that lockdep makes in a kernel.
#include "machine.hpp"
#include "report.hpp"

#include <algorithm>

using testos::Machine;
using testos::Scheduler;
using testos::Task;

struct lis_os_spinlock {
    uint32_t rank;
    Task* owner = nullptr;
};

struct lis_os_mutex {
    uint32_t rank;
    Task* owner = nullptr;
    testos::WaitList waiters;
};

namespace {

void check_rank(const Task& task, const void* lock, uint32_t rank) {
    for (const testos::HeldLock& held : task.held) {
        if (held.lock == lock)
            testos::report("a lock of rank %u is taken by its owner", rank);
        else if (held.rank >= rank)
            testos::report("a lock of rank %u is taken while one of rank %u is held", rank, held.rank);
    }
}

void forget(Task& task, const void* lock) {
    auto found = std::find_if(task.held.begin(), task.held.end(),
                              [lock](const testos::HeldLock& held) { return held.lock == lock; });
    if (found == task.held.end())
        testos::report("a lock is released by a task that does not hold it");
    else
        task.held.erase(found);
}

} // namespace

struct lis_os_spinlock* lis_os_spinlock_create(uint32_t rank) {
    testos::require_process("lis_os_spinlock_create");
    Machine& machine = Machine::current();
    if (!machine.may_allocate()) return nullptr;
    lis_os_spinlock* const lock = new lis_os_spinlock{rank, nullptr};
    machine.created(lock, "spin lock", __builtin_return_address(0));
    return lock;
}

void lis_os_spinlock_destroy(struct lis_os_spinlock* lock) {
    if (!lock || !Machine::current().destroyed(lock, "spin lock")) return;
    if (lock->owner) testos::report("a spin lock is destroyed while it is held");
    delete lock;
}

unsigned long lis_os_spin_lock(struct lis_os_spinlock* lock) {
    testos::require_no_crash("lis_os_spin_lock");
    Task& task = testos::current_task("lis_os_spin_lock");
    Scheduler& scheduler = Machine::current().scheduler;
    scheduler.point();
    check_rank(task, lock, lock->rank);
    const unsigned long before = task.irqs_off++;
    if (lock->owner && lock->owner != &task)
        scheduler.spin("a spin lock", [lock] { return lock->owner == nullptr; });
    lock->owner = &task;
    task.held.push_back({lock, lock->rank, true});
    return before;
}

void lis_os_spin_unlock(struct lis_os_spinlock* lock, unsigned long interrupt_state) {
    Task& task = testos::current_task("lis_os_spin_unlock");
    forget(task, lock);
    lock->owner = nullptr;
    task.irqs_off--;
    if (task.irqs_off != interrupt_state) testos::report("spin locks are released with the state of another one");
    Machine::current().scheduler.point();
}

struct lis_os_mutex* lis_os_mutex_create(uint32_t rank) {
    testos::require_process("lis_os_mutex_create");
    Machine& machine = Machine::current();
    if (!machine.may_allocate()) return nullptr;
    lis_os_mutex* const mutex = new lis_os_mutex{rank, nullptr, {}};
    machine.created(mutex, "mutex", __builtin_return_address(0));
    return mutex;
}

void lis_os_mutex_destroy(struct lis_os_mutex* mutex) {
    if (!mutex || !Machine::current().destroyed(mutex, "mutex")) return;
    if (mutex->owner) testos::report("a mutex is destroyed while it is held");
    delete mutex;
}

void lis_os_mutex_lock(struct lis_os_mutex* mutex) {
    testos::require_process("lis_os_mutex_lock");
    Scheduler& scheduler = Machine::current().scheduler;
    Task& task = scheduler.current();
    scheduler.point();
    check_rank(task, mutex, mutex->rank);
    while (mutex->owner) scheduler.block(mutex->waiters, "a mutex", testos::kNever);
    mutex->owner = &task;
    task.held.push_back({mutex, mutex->rank, false});
}

void lis_os_mutex_unlock(struct lis_os_mutex* mutex) {
    Scheduler& scheduler = Machine::current().scheduler;
    Task& task = testos::current_task("lis_os_mutex_unlock");
    forget(task, mutex);
    mutex->owner = nullptr;
    scheduler.wake_one(mutex->waiters);
    scheduler.point();
}
