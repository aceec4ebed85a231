// SPDX-License-Identifier: GPL-2.0-only
#include "vcpu.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include <hyperv/synic.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

namespace vmm {

namespace {

const int kKick = SIGUSR1;
const uint32_t kMsrCrashP0 = 0x40000100;
const uint64_t kInterruptFlag = 1 << 9;
const std::chrono::seconds kPatience(2); // for a vCPU to come out of what it does

void ignore(int) {}

kvm_segment flat(uint16_t selector, uint8_t type) {
    kvm_segment segment = {};
    segment.limit = 0xFFFFFFFF;
    segment.selector = selector;
    segment.type = type;
    segment.present = 1;
    segment.db = 1;
    segment.s = 1;
    segment.g = 1;
    return segment;
}

} // namespace

// The signal only interrupts KVM_RUN. It must not restart the call.
void Vcpu::prepare_process() {
    struct sigaction action = {};
    action.sa_handler = ignore;
    sigaction(kKick, &action, nullptr);
}

Vcpu::Vcpu(const Fd& kvm, const Fd& vm, unsigned index, CpuidOptions cpuid, Exits& exits)
    : index_(index), exits_(exits), fd_(control(vm, KVM_CREATE_VCPU, static_cast<unsigned long>(index), "a vCPU")),
      stats_(fd_) {
    run_bytes_ = static_cast<size_t>(control(kvm, KVM_GET_VCPU_MMAP_SIZE, 0ul, "KVM_GET_VCPU_MMAP_SIZE"));
    void* const run = mmap(nullptr, run_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
    if (run == MAP_FAILED) throw system_error("a vCPU's shared page");
    run_ = static_cast<kvm_run*>(run);
    kvm_enable_cap synic = {};
    synic.cap = KVM_CAP_HYPERV_SYNIC2;
    control(fd_, KVM_ENABLE_CAP, &synic, "the synthetic interrupt controller");
    set_cpuid(kvm, cpuid);
}

Vcpu::~Vcpu() {
    stop();
    join();
    munmap(run_, run_bytes_);
}

void Vcpu::set_cpuid(const Fd& kvm, CpuidOptions options) {
    Table<kvm_cpuid_entry2> table(guest_cpuid(kvm, fd_, index_, options));
    control(fd_, kSetCpuid, table.data(), "CPUID");
}

void Vcpu::set_entry(const Entry& entry) {
    kvm_sregs sregs = {};
    control(fd_, KVM_GET_SREGS, &sregs, "KVM_GET_SREGS");
    sregs.cs = flat(0x10, 0xB);
    sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = flat(0x18, 3);
    sregs.gdt.base = kGdtAddress;
    sregs.gdt.limit = kGdtBytes - 1;
    sregs.cr0 |= 1;
    control(fd_, KVM_SET_SREGS, &sregs, "KVM_SET_SREGS");
    kvm_regs regs = {};
    regs.rflags = 2;
    regs.rip = entry.instruction;
    regs.rsi = entry.boot_params;
    control(fd_, KVM_SET_REGS, &regs, "KVM_SET_REGS");
}

void Vcpu::start() {
    runs_ = true;
    thread_ = std::thread([this] { run(); });
}

void Vcpu::stop() {
    stopping_ = true;
    run_->immediate_exit = 1;
    if (thread_.joinable()) pthread_kill(thread_.native_handle(), kKick);
}

void Vcpu::join() {
    if (thread_.joinable()) thread_.join();
}

void Vcpu::inject_nmi() {
    const std::lock_guard<std::mutex> guard(mutex_);
    nmi_wanted_ = true;
    if (runs_) kick();
}

// With the mutex, while the thread runs: answer() follows.
void Vcpu::kick() {
    run_->immediate_exit = 1;
    pthread_kill(thread_.native_handle(), kKick);
}

void Vcpu::crash_parameters(uint64_t (&parameters)[5]) const {
    std::vector<kvm_msr_entry> wanted(5);
    for (uint32_t i = 0; i < 5; i++) wanted[i].index = kMsrCrashP0 + i;
    Table<kvm_msr_entry> table(wanted);
    control(fd_, kGetMsrs, table.data(), "KVM_GET_MSRS");
    wanted = table.entries();
    for (uint32_t i = 0; i < 5; i++) parameters[i] = wanted[i].data;
}

VcpuReport Vcpu::look() const {
    VcpuReport report;
    kvm_regs regs = {};
    control(fd_, KVM_GET_REGS, &regs, "KVM_GET_REGS");
    kvm_mp_state state = {};
    control(fd_, KVM_GET_MP_STATE, &state, "KVM_GET_MP_STATE");
    report.state = state.mp_state == KVM_MP_STATE_HALTED     ? "halted"
                   : state.mp_state == KVM_MP_STATE_RUNNABLE ? "running"
                                                             : "waiting";
    report.instruction = regs.rip;
    report.interrupts = (regs.rflags & kInterruptFlag) != 0;
    return report;
}

VcpuReport Vcpu::report() {
    std::unique_lock<std::mutex> guard(mutex_);
    if (runs_) {
        wanted_ = true;
        kick();
        const bool in_time = answered_.wait_for(guard, kPatience, [this] { return !wanted_ || !runs_; });
        const bool answered = !wanted_;
        wanted_ = false;
        if (answered) return report_;
        if (!in_time) {
            VcpuReport busy;
            busy.state = "busy";
            return busy;
        }
    }
    VcpuReport report = look();
    if (report.state == "running") report.state = "stopped";
    return report;
}

// On the vCPU's thread.
void Vcpu::answer() {
    const std::lock_guard<std::mutex> guard(mutex_);
    run_->immediate_exit = 0;
    if (stopping_) run_->immediate_exit = 1; // stop() may have been in between
    if (nmi_wanted_.exchange(false)) control(fd_, KVM_NMI, 0ul, "KVM_NMI");
    if (!wanted_) return;
    report_ = look();
    wanted_ = false;
    answered_.notify_all();
}

std::string text(const VcpuReport& report) {
    if (report.state == "busy") return report.state;
    char text[64];
    snprintf(text, sizeof text, "%s at 0x%llx, interrupts %s", report.state.c_str(),
             static_cast<unsigned long long>(report.instruction), report.interrupts ? "on" : "off");
    return text;
}

const char* name(ExitReason reason) {
    static const char* const names[] = {"port", "memory", "synic-register", "hypercall", "system-event", "interrupted", "other"};
    static_assert(sizeof names / sizeof names[0] == static_cast<size_t>(ExitReason::kCount), "");
    return names[static_cast<size_t>(reason)];
}

void Vcpu::run() {
    try {
        run_until_stopped();
    } catch (const std::exception& error) {
        exits_.died(index_, error.what());
    }
    const std::lock_guard<std::mutex> guard(mutex_);
    runs_ = false;
    answered_.notify_all();
}

void Vcpu::run_until_stopped() {
    while (!stopping_) {
        // Also when nobody waits for the answer any more: else KVM_RUN would return at once for ever.
        if (wanted_ || nmi_wanted_ || __atomic_load_n(&run_->immediate_exit, __ATOMIC_RELAXED)) answer();
        if (ioctl(fd_.get(), KVM_RUN, 0) < 0) {
            if (errno != EINTR && errno != EAGAIN) {
                exits_.died(index_, std::string("KVM_RUN: ") + strerror(errno));
                return;
            }
            count(ExitReason::Interrupted);
        } else if (!handle_exit()) {
            return;
        }
    }
}

bool Vcpu::handle_exit() {
    switch (run_->exit_reason) {
    case KVM_EXIT_IO: {
        count(ExitReason::Port);
        unsigned char* data = reinterpret_cast<unsigned char*>(run_) + run_->io.data_offset;
        for (uint32_t i = 0; i < run_->io.count; i++, data += run_->io.size) {
            uint32_t value = 0;
            if (run_->io.direction == KVM_EXIT_IO_OUT) {
                memcpy(&value, data, run_->io.size);
                exits_.port_write(run_->io.port, run_->io.size, value);
            } else {
                value = exits_.port_read(run_->io.port, run_->io.size);
                memcpy(data, &value, run_->io.size);
            }
        }
        return true;
    }
    case KVM_EXIT_MMIO:
        count(ExitReason::Memory);
        // Nobody lives there.
        if (!run_->mmio.is_write) memset(run_->mmio.data, 0xFF, run_->mmio.len);
        return true;
    case KVM_EXIT_HYPERV:
        if (run_->hyperv.type == KVM_EXIT_HYPERV_SYNIC) {
            count(ExitReason::SynicRegister);
            exits_.synic(index_, run_->hyperv);
        } else if (run_->hyperv.type == KVM_EXIT_HYPERV_HCALL) {
            count(ExitReason::Hypercall);
            run_->hyperv.u.hcall.result = exits_.hypercall(run_->hyperv);
        } else {
            count(ExitReason::Other);
        }
        return true;
    case KVM_EXIT_SYSTEM_EVENT:
        count(ExitReason::SystemEvent);
        exits_.system_event(run_->system_event.type, index_);
        return true;
    case KVM_EXIT_INTR:
    case KVM_EXIT_IRQ_WINDOW_OPEN: count(ExitReason::Interrupted); return true;
    case KVM_EXIT_SHUTDOWN: exits_.died(index_, "triple fault"); return false;
    case KVM_EXIT_FAIL_ENTRY:
        exits_.died(index_, "entry failed, reason " + std::to_string(run_->fail_entry.hardware_entry_failure_reason));
        return false;
    case KVM_EXIT_INTERNAL_ERROR:
        exits_.died(index_, "KVM cannot go on, suberror " + std::to_string(run_->internal.suberror));
        return false;
    default: exits_.died(index_, "exit " + std::to_string(run_->exit_reason) + " that nobody handles"); return false;
    }
}

} // namespace vmm
