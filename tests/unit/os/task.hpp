// SPDX-License-Identifier: GPL-2.0-only
// What the scheduler schedules: a fibre with a context (process, softirq, hard
// interrupt) and the CPU that it stands on.
#ifndef TESTOS_TASK_HPP
#define TESTOS_TASK_HPP

#include "fibre.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace testos {

struct Task;

const uint64_t kNever = UINT64_MAX;

enum class Level : uint8_t { Process, Softirq, Hardirq };

// Tasks that wait for one thing. Empty when destroyed, else its owner has a bug.
struct WaitList {
    std::vector<Task*> tasks;
};

struct Softirq {
    uint64_t id = 0;
    std::function<void()> run;
    bool pending = false;
    bool running = false;
    uint32_t disabled = 0;
    WaitList idle; // waits for !running and, at the end, !pending
};

struct Cpu {
    uint32_t number = 0;
    uint32_t vp_index = 0;
    bool online = true;
    Task* task = nullptr; // process context that stands on this CPU
    Task* softirq = nullptr;
    Task* hardirq = nullptr;
    std::deque<std::function<void()>> interrupts; // raised, not yet taken
    std::deque<Softirq*> softirqs;                // pending here
    std::map<uint32_t, uint64_t> msrs;

    Task* top() const { return hardirq ? hardirq : softirq ? softirq : task; }
};

struct HeldLock {
    const void* lock;
    uint32_t rank;
    bool spin;
};

enum class TaskState : uint8_t { Ready, Blocked, Spinning, Done };

struct Task {
    uint64_t id = 0;
    std::string name;
    Level level = Level::Process;
    TaskState state = TaskState::Ready;
    Fibre fibre;
    std::function<void()> body;
    Cpu* cpu = nullptr;      // null: a process that stands on none
    bool keeps_cpu = false;  // Blocked without leaving the CPU (a delay)
    uint32_t irqs_off = 0;
    uint32_t pinned = 0;
    uint64_t pin_id = 0; // of the region, while pinned
    std::vector<HeldLock> held;
    const char* waits_for = ""; // for the list of waiters
    WaitList* waiting_on = nullptr;
    bool timed_out = false;
    uint64_t wait_serial = 0; // tells an old timer from the one of this wait
    std::function<bool()> may_go_on; // Spinning: the lock is free
    WaitList ended;

    bool atomic() const { return level != Level::Process || irqs_off != 0 || pinned != 0; }
};

} // namespace testos

#endif
