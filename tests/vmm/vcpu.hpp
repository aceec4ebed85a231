// SPDX-License-Identifier: GPL-2.0-only
// One virtual CPU and the thread that runs it.
#ifndef VMM_VCPU_HPP
#define VMM_VCPU_HPP

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "cpuid.hpp"
#include "kvm_stats.hpp"
#include "linux_boot.hpp"

namespace vmm {

// What a vCPU asks of its machine, on the vCPU's thread.
class Exits {
public:
    virtual ~Exits() {}
    virtual void port_write(uint16_t port, unsigned size, uint32_t value) = 0;
    virtual uint32_t port_read(uint16_t port, unsigned size) = 0;
    virtual void synic(unsigned vcpu, const kvm_hyperv_exit& exit) = 0;
    virtual uint64_t hypercall(const kvm_hyperv_exit& exit) = 0;
    virtual void system_event(uint32_t type, unsigned vcpu) = 0;
    // The vCPU runs no more: triple fault, or KVM gave up on it.
    virtual void died(unsigned vcpu, const std::string& why) = 0;
};

// What comes back from KVM to this program.
enum class ExitReason { Port, Memory, SynicRegister, Hypercall, SystemEvent, Interrupted, Other, kCount };
const char* name(ExitReason reason);

// Where a vCPU stands.
struct VcpuReport {
    std::string state;            // running, halted, waiting (for its start), stopped; or busy: it does not come out of a call
    uint64_t instruction = 0;     // RIP; 0 when busy
    bool interrupts = false;      // enabled
};
std::string text(const VcpuReport& report);

class Vcpu {
public:
    // The boot CPU starts at entry, others wait for its start-up message.
    Vcpu(const Fd& kvm, const Fd& vm, unsigned index, CpuidOptions cpuid, Exits& exits);
    ~Vcpu();
    Vcpu(const Vcpu&) = delete;
    Vcpu& operator=(const Vcpu&) = delete;

    void set_entry(const Entry& entry);
    void start();
    // Makes the thread end; any thread but its own.
    void stop();
    void join();
    // KVM takes it only while the vCPU does not run: its thread gives it.
    void inject_nmi();
    // Crash registers P0 to P4.
    void crash_parameters(uint64_t (&parameters)[5]) const;
    uint64_t exit_count(ExitReason reason) const { return exits_seen_[static_cast<size_t>(reason)]; }
    // What KVM counts for it; any thread.
    void add_stats(std::map<std::string, uint64_t>& sums) const { stats_.add_to(sums); }
    // Interrupts the vCPU for a moment. Main thread, without the model's lock.
    VcpuReport report();

    // To be called once before any vCPU starts.
    static void prepare_process();

private:
    void set_cpuid(const Fd& kvm, CpuidOptions options);
    void run();
    void run_until_stopped();
    void count(ExitReason reason) { exits_seen_[static_cast<size_t>(reason)].fetch_add(1, std::memory_order_relaxed); }
    bool handle_exit();
    VcpuReport look() const;
    void kick();
    void answer();

    unsigned index_;
    Exits& exits_;
    Fd fd_;
    kvm_run* run_ = nullptr;
    size_t run_bytes_ = 0;
    std::thread thread_;
    std::atomic<bool> stopping_{false};
    std::atomic<uint64_t> exits_seen_[static_cast<size_t>(ExitReason::kCount)] = {};
    KvmStats stats_;
    std::mutex mutex_; // of what follows
    std::condition_variable answered_;
    std::atomic<bool> wanted_{false};     // a report
    std::atomic<bool> nmi_wanted_{false};
    bool runs_ = false; // its thread answers
    VcpuReport report_;
};

} // namespace vmm

#endif
