// SPDX-License-Identifier: GPL-2.0-only
// A virtual machine from power-on to its end: memory, vCPUs, legacy ports, the bus.
#ifndef VMM_MACHINE_HPP
#define VMM_MACHINE_HPP

#include <memory>

#include "host_link.hpp"
#include "serial.hpp"
#include "vcpu.hpp"

namespace vmm {

struct MachineOptions {
    unsigned cpus = 1;
    uint64_t memory_bytes = 512ull << 20;
    uint64_t max_memory_bytes = 0; // with what can be added; at least memory_bytes, or 0
    BootFiles boot;
    Generation generation = Generation::One;
    bool direct_timers = false;
    unsigned serial_ports = 1;
    std::string kvm = "/dev/kvm";
};

enum class End { PowerOff, Reset, Died };

// What happens to a guest, for its keeper. On any thread.
class Observer {
public:
    virtual ~Observer() {}
    // The bus and its devices; many lines.
    virtual void trace(const std::string& line) = 0;
    // The guest's crash registers.
    virtual void crashed(const uint64_t (&parameters)[5]) = 0;
    // Why the guest cannot go on.
    virtual void died(const std::string& why) = 0;
    // A byte that the guest sent on COM port number port, from 0.
    virtual void serial_output(unsigned port, unsigned char byte) = 0;
};

const unsigned kSerialPorts = 4;

class Machine : private Exits {
public:
    // images: of options.boot.
    Machine(const MachineOptions& options, const BootImages& images, Loop& loop, Observer& observer);
    ~Machine() override;

    HostLink& host() { return *host_; }
    // For input; port from 0 to options.serial_ports - 1.
    Serial& serial(unsigned port) { return *serials_[port]; }
    void start();
    // All vCPUs stand still when this returns.
    void pause();
    bool ended() const { return ended_; }
    bool pausing() const { return pausing_; } // any thread
    // Runs on the main thread when the guest has ended.
    std::function<void(End)> on_end;
    void inject_nmi();
    // Of each vCPU. Main thread, without the model's lock.
    std::vector<VcpuReport> vcpu_reports();
    uint64_t exit_count(ExitReason reason) const;
    // By KVM's names, of all vCPUs.
    std::map<std::string, uint64_t> kvm_stats() const;

private:
    Fd make_vm();
    void port_write(uint16_t port, unsigned size, uint32_t value) override;
    uint32_t port_read(uint16_t port, unsigned size) override;
    void synic(unsigned vcpu, const kvm_hyperv_exit& exit) override { host_->synic_exit(vcpu, exit); }
    uint64_t hypercall(const kvm_hyperv_exit& exit) override { return host_->hypercall(exit); }
    void system_event(uint32_t type, unsigned vcpu) override;
    void died(unsigned vcpu, const std::string& why) override;
    void set_line(uint32_t irq, bool level);
    void end(End end);
    bool has_legacy() const { return options_.generation == Generation::One; }
    void legacy_write(uint16_t port, uint32_t value);
    bool legacy_read(uint16_t port, uint32_t* value);
    Serial* serial_at(uint16_t port, unsigned* offset);

    MachineOptions options_;
    Loop& loop_;
    Observer& observer_;
    Memory memory_;
    Fd kvm_;
    Fd vm_;
    std::vector<std::unique_ptr<Serial>> serials_;
    std::unique_ptr<HostLink> host_;
    std::vector<std::unique_ptr<Vcpu>> vcpus_;
    std::atomic<bool> ended_{false}, pausing_{false};
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true); // for what is posted and may outlive us
    std::atomic<unsigned char> cmos_index_{0};
    std::atomic<uint16_t> pm_enable_{0};
};

} // namespace vmm

#endif
