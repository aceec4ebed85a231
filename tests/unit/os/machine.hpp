// SPDX-License-Identifier: GPL-2.0-only
// One simulated machine: lis/os.h in user space. A test makes one, gives it a
// hypervisor, and runs its body on it; at the end everything that was created
// through lis/os.h must have been destroyed. Any broken rule of lis/os.h (context,
// lock order, sleeping where one may not, use after destroy) is reported.
#ifndef TESTOS_MACHINE_HPP
#define TESTOS_MACHINE_HPP

#include "frames.hpp"
#include "scheduler.hpp"

#include <lis/os.h>

#include <array>
#include <set>

namespace testos {

// The other side of hypercalls and MSRs. Called on the stack of the guest; must
// neither block nor call lis/os.h.
class Hypervisor {
public:
    virtual ~Hypervisor() {}
    // input: a guest-physical address, or the value itself when fast.
    virtual uint64_t hypercall(Cpu& cpu, uint64_t control, uint64_t input, bool fast) = 0;
    // The new value is in cpu.msrs already.
    virtual void msr_written(Cpu& cpu, uint32_t msr, uint64_t value) = 0;
    virtual bool msr_read(Cpu& cpu, uint32_t msr, uint64_t* value) = 0;
};

struct Options {
    uint64_t seed = 1;
    uint32_t cpus = 2;
    // VP index of a CPU. The default gives CPU 0 VP 0 and no other CPU its own number.
    std::function<uint32_t(uint32_t cpu)> vp_index;
};

struct LogLine {
    uint32_t level;
    std::string text;
    uint64_t time;
};

class Machine {
public:
    explicit Machine(const Options& options);
    ~Machine(); // reports what is left over
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    static Machine& current();
    static bool exists();

    Scheduler scheduler;
    Hypervisor* hypervisor = nullptr;
    std::map<uint32_t, std::array<uint32_t, 4>> cpuid; // by leaf; others read 0

    // Runs body as a process; false: the machine is dead.
    bool run(std::function<void()> body) { return scheduler.run("test", std::move(body)); }
    // The same from inside a task: everything else stands still, as in a panic.
    void crash(std::function<void()> body);
    bool crashing() const { return crashing_; }

    // ---- interrupts ----

    // handler runs in hard interrupt context; an empty one removes it.
    void set_handler(uint32_t vector, std::function<void(uint32_t cpu)> handler);
    // Like an APIC: a vector that is pending already stays pending once.
    void raise(Cpu& cpu, uint32_t vector);
    uint64_t unhandled_interrupts() const { return unhandled_; }

    // ---- CPUs ----

    Cpu* cpu_of_vp(uint32_t vp_index);
    // From a task; waits for lis_os_cpus_lock() holders.
    void set_online(uint32_t cpu, bool online);
    void lock_cpus();
    void unlock_cpus();

    // ---- allocations ----

    // The nth allocation from now fails, 1 is the next; 0: none.
    void fail_allocation(uint64_t nth) { fail_in_ = nth; }
    bool failure_was_injected() const { return injected_; }
    uint64_t allocations() const { return allocations_; }
    // For the os_*.cpp files: false means that this one must fail.
    bool may_allocate();
    void created(const void* object, const char* kind, const void* place);
    // False, and a report: there is no such object.
    bool destroyed(const void* object, const char* kind);
    bool alive(const void* object, const char* kind) const;

    // The hostile host: called behind every load of shared memory (lis/shared.hpp).
    // frame is 0 for memory that is not of lis_os_pages_alloc.
    std::function<void(uint64_t frame, size_t offset, size_t size)> after_shared_load;

    // ---- log ----

    std::vector<LogLine> log;
    // Number of lines that contain text.
    size_t logged(const std::string& text) const;
    bool log_may_pass_limit();

private:
    struct Object {
        const char* kind;
        const void* place;
    };

    std::map<const void*, Object> objects_;
    std::map<uint32_t, std::function<void(uint32_t)>> handlers_;
    std::vector<std::set<uint32_t>> pending_vectors_;
    std::map<uint32_t, uint32_t> cpu_by_vp_;
    uint64_t allocations_ = 0;
    uint64_t fail_in_ = 0;
    bool injected_ = false;
    bool crashing_ = false;
    uint64_t unhandled_ = 0;
    uint32_t cpus_locked_ = 0;
    WaitList cpus_unlocked_;
    uint64_t limit_window_ = 0;
    uint32_t limit_lines_ = 0;
};

// For the os_*.cpp files: report a call in a context where it is not allowed.
void require_process(const char* function);
void require_no_crash(const char* function);
Task& current_task(const char* function);

} // namespace testos

#endif
