// SPDX-License-Identifier: GPL-2.0-only
// A machine's CPUs, its clock, and who runs next: every choice is drawn from the
// seed. There is one host thread; tasks change over at scheduling points only,
// which are the calls of lis/os.h. Interrupts are taken there too.
//
// The clock is virtual. It moves a little at each scheduling point, and jumps to
// the next deadline when nothing can run. When there is no deadline either, that
// is a deadlock: reported with the list of waiters, and the machine is dead. So it is
// when it runs for ever.
#ifndef TESTOS_SCHEDULER_HPP
#define TESTOS_SCHEDULER_HPP

#include "random.hpp"
#include "task.hpp"

#include <memory>

namespace testos {

class Scheduler {
public:
    Scheduler(uint64_t seed, uint32_t cpus);
    ~Scheduler();

    // Runs body as a task and everything else until that is done. False: deadlock.
    bool run(const char* name, std::function<void()> body);
    bool dead() const { return dead_; }

    // ---- for tasks ----

    Task& current() { return *current_; }
    bool in_task() const { return current_ != nullptr && !in_timer_; }
    Task* spawn(const std::string& name, std::function<void()> body);
    // Waits until that task is done, and forgets it.
    void join(Task* task);
    // A scheduling point.
    void point();
    // Leaves the CPU until wake() or the deadline; false: the deadline passed.
    bool block(WaitList& list, const char* what, uint64_t deadline);
    // Burns time on this CPU.
    void burn(uint64_t ns);
    // Spins on this CPU until free() is true.
    void spin(const char* what, std::function<bool()> free);
    void pin();
    void unpin();

    // ---- from anywhere ----

    void wake_all(WaitList& list);
    void wake_one(WaitList& list);

    // ---- time ----

    uint64_t now() const { return now_; }
    void tick(uint64_t ns) { now_ += ns; }
    // action runs on whatever stack is current, and must not block or call lis/os.h.
    uint64_t at(uint64_t when, std::function<void()> action);
    void cancel_timer(uint64_t id);

    // ---- CPUs ----

    uint32_t cpu_count() const { return static_cast<uint32_t>(cpus_.size()); }
    Cpu& cpu(uint32_t number) { return cpus_[number]; }
    // handler runs there in hard interrupt context.
    void interrupt(Cpu& cpu, std::function<void()> handler);
    void pend_softirq(Cpu& cpu, Softirq& softirq);
    void forget_softirq(Softirq& softirq);
    // Hard interrupt handlers that run, and regions that are pinned, by serial number.
    std::vector<uint64_t> running_handlers() const;
    WaitList& interrupt_ended() { return interrupt_ended_; }

    // Every other task stands still while body runs, with interrupts off: a panic.
    void alone(std::function<void()> body);

    // Tasks beside the caller that are not done, for leak reports.
    std::vector<std::string> others() const;

    Random random;

private:
    struct Timer {
        uint64_t id;
        std::function<void()> action;
    };
    struct Choice {
        enum Kind { RunTask, TakeInterrupt, TakeSoftirq } kind;
        Task* task;
        Cpu* cpu;
    };

    static void entry(void* task);
    Task* make(const std::string& name, Level level, std::function<void()> body);
    void reap_handlers();
    void forget(Task* task);
    void schedule();
    void switch_to(Task* next);
    void choices(std::vector<Choice>& out);
    bool can_run(const Task& task) const;
    Cpu* idle_cpu();
    void leave_cpu(Task& task);
    void run_timers();
    bool jump_to_next_deadline();
    void stuck(const char* how);
    void start_interrupt(Cpu& cpu);
    void start_softirq(Cpu& cpu);
    void remove_from(std::vector<Cpu*>& list, Cpu* cpu);

    std::vector<Cpu> cpus_;
    std::vector<std::unique_ptr<Task>> tasks_;
    std::vector<std::unique_ptr<Task>> spare_;
    std::vector<Cpu*> with_interrupts_, with_softirqs_;
    std::map<std::pair<uint64_t, uint64_t>, Timer> timers_; // by time, then by order of creation
    std::map<uint64_t, uint64_t> timer_times_;
    std::vector<Choice> scratch_;
    Fibre main_;
    Task* current_ = nullptr;
    Task* root_ = nullptr; // whose end ends run()
    Task* alone_ = nullptr;
    uint64_t now_ = 1000000000;
    uint64_t next_id_ = 1;
    uint32_t switch_rate_;
    uint64_t steps_ = 0;
    WaitList interrupt_ended_;
    bool in_timer_ = false;
    bool dead_ = false;
};

} // namespace testos

#endif
