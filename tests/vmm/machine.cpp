// SPDX-License-Identifier: GPL-2.0-only
#include "machine.hpp"

#include <algorithm>
#include <ctime>

#include "acpi.hpp"

namespace vmm {

namespace {

const struct {
    uint16_t port;
    uint32_t irq;
} kSerial[kSerialPorts] = {{0x3F8, 4}, {0x2F8, 3}, {0x3E8, 6}, {0x2E8, 7}}; // as in dsdt.asl
const uint16_t kCmosIndex = 0x70, kCmosData = 0x71;
const uint16_t kKeyboardStatus = 0x64;
const unsigned char kKeyboardReset = 0xFE;
const uint16_t kSciEnabled = 1;
const uint16_t kSleepEnable = 1 << 13;
const uint32_t kSleepControlEnable = 1 << 5; // of reduced hardware
const uint64_t kTssAddress = 0xFFFBD000;
const uint64_t kIdentityMap = 0xFFFBC000;

unsigned char bcd(int value) { return static_cast<unsigned char>(value / 10 << 4 | value % 10); }

// The real-time clock, in UTC and BCD; everything else of CMOS is zero.
unsigned char cmos(unsigned char index) {
    const time_t now = time(nullptr);
    tm utc;
    gmtime_r(&now, &utc);
    switch (index & 0x7F) {
    case 0x00: return bcd(utc.tm_sec);
    case 0x02: return bcd(utc.tm_min);
    case 0x04: return bcd(utc.tm_hour);
    case 0x06: return bcd(utc.tm_wday + 1);
    case 0x07: return bcd(utc.tm_mday);
    case 0x08: return bcd(utc.tm_mon + 1);
    case 0x09: return bcd(utc.tm_year % 100);
    case 0x0A: return 0x26;
    case 0x0B: return 0x02; // 24 hours
    case 0x0D: return 0x80; // the battery is good
    case 0x32: return bcd((utc.tm_year + 1900) / 100);
    default: return 0;
    }
}

} // namespace

Fd Machine::make_vm() {
    Fd vm(control(kvm_, KVM_CREATE_VM, 0ul, "a virtual machine"));
    control(vm, KVM_SET_TSS_ADDR, kTssAddress, "KVM_SET_TSS_ADDR");
    const uint64_t identity = kIdentityMap;
    control(vm, KVM_SET_IDENTITY_MAP_ADDR, &identity, "KVM_SET_IDENTITY_MAP_ADDR");
    control(vm, KVM_CREATE_IRQCHIP, 0ul, "interrupt controllers");
    if (!has_legacy()) return vm;
    kvm_pit_config pit = {};
    pit.flags = KVM_PIT_SPEAKER_DUMMY;
    control(vm, KVM_CREATE_PIT2, &pit, "a timer");
    return vm;
}

Machine::Machine(const MachineOptions& options, const BootImages& images, Loop& loop, Observer& observer)
    : options_(options), loop_(loop), observer_(observer),
      memory_(options.memory_bytes, std::max(options.max_memory_bytes, options.memory_bytes) - options.memory_bytes),
      kvm_(open_kvm(options.kvm)), vm_(make_vm()) {
    memory_.attach(vm_);
    for (unsigned port = 0; port < options_.serial_ports; port++) {
        serials_.emplace_back(new Serial([this, port](unsigned char byte) { observer_.serial_output(port, byte); },
                                         [this, port](bool level) { set_line(kSerial[port].irq, level); }));
    }
    for (unsigned i = 0; i < options_.cpus; i++)
        vcpus_.emplace_back(new Vcpu(kvm_, vm_, i, CpuidOptions{options_.cpus, !has_legacy(), options_.direct_timers}, *this));
    host_.reset(new HostLink(vm_, memory_, options_.cpus, loop_, [this](const std::string& line) { observer_.trace(line); }));
    const Entry entry = load_linux(memory_, images, options_.generation);
    write_acpi_tables(memory_, options_.cpus, options_.generation);
    vcpus_[0]->set_entry(entry);
}

Machine::~Machine() { pause(); }

void Machine::start() {
    for (auto& vcpu : vcpus_) vcpu->start();
}

void Machine::pause() {
    pausing_ = true;
    for (auto& vcpu : vcpus_) vcpu->stop();
    for (auto& vcpu : vcpus_) vcpu->join();
}

void Machine::end(End end) {
    if (ended_.exchange(true)) return;
    const std::weak_ptr<bool> alive = alive_;
    loop_.post([this, end, alive] {
        if (alive.expired()) return;
        pause();
        if (on_end) on_end(end);
    });
}

std::vector<VcpuReport> Machine::vcpu_reports() {
    std::vector<VcpuReport> reports;
    for (auto& vcpu : vcpus_) reports.push_back(vcpu->report());
    return reports;
}

uint64_t Machine::exit_count(ExitReason reason) const {
    uint64_t sum = 0;
    for (auto& vcpu : vcpus_) sum += vcpu->exit_count(reason);
    return sum;
}

std::map<std::string, uint64_t> Machine::kvm_stats() const {
    std::map<std::string, uint64_t> sums;
    for (auto& vcpu : vcpus_) vcpu->add_stats(sums);
    return sums;
}

Serial* Machine::serial_at(uint16_t port, unsigned* offset) {
    for (unsigned i = 0; i < serials_.size(); i++) {
        *offset = port - kSerial[i].port;
        if (port >= kSerial[i].port && *offset < 8) return serials_[i].get();
    }
    return nullptr;
}

void Machine::inject_nmi() {
    for (auto& vcpu : vcpus_) vcpu->inject_nmi();
}

void Machine::set_line(uint32_t irq, bool level) {
    kvm_irq_level line = {};
    line.irq = irq;
    line.level = level;
    control(vm_, KVM_IRQ_LINE, &line, "KVM_IRQ_LINE");
}

void Machine::port_write(uint16_t port, unsigned, uint32_t value) {
    unsigned offset;
    if (Serial* const serial = serial_at(port, &offset)) {
        serial->write(offset, static_cast<unsigned char>(value));
        return;
    }
    if (port == kResetPort) {
        if ((value & 0xFF) == kResetValue) end(End::Reset);
    } else if (has_legacy()) {
        legacy_write(port, value);
    } else if (port == kSleepControl && (value & kSleepControlEnable)) {
        end(End::PowerOff);
    }
}

void Machine::legacy_write(uint16_t port, uint32_t value) {
    switch (port) {
    case kPm1Event + 2: pm_enable_ = static_cast<uint16_t>(value); break;
    case kPm1Control:
        if (value & kSleepEnable) end(End::PowerOff);
        break;
    case kKeyboardStatus:
        if ((value & 0xFF) == kKeyboardReset) end(End::Reset);
        break;
    case kCmosIndex: cmos_index_ = static_cast<unsigned char>(value); break;
    default: break;
    }
}

uint32_t Machine::port_read(uint16_t port, unsigned size) {
    unsigned offset;
    if (Serial* const serial = serial_at(port, &offset)) return serial->read(offset);
    uint32_t value;
    if (has_legacy() && legacy_read(port, &value)) return value;
    if (!has_legacy() && (port == kSleepControl || port == kSleepStatus)) return 0;
    return size == 1 ? 0xFF : size == 2 ? 0xFFFF : 0xFFFFFFFF;
}

bool Machine::legacy_read(uint16_t port, uint32_t* value) {
    switch (port) {
    case kPm1Event: *value = 0; return true;
    case kPm1Event + 2: *value = pm_enable_; return true;
    case kPm1Control: *value = kSciEnabled; return true;
    case kPmTimer: *value = static_cast<uint32_t>(now_ns() * 3579545ull / 1000000000ull); return true;
    case kCmosData: *value = cmos(cmos_index_); return true;
    default: return false;
    }
}

void Machine::system_event(uint32_t type, unsigned vcpu) {
    switch (type) {
    case KVM_SYSTEM_EVENT_SHUTDOWN: end(End::PowerOff); break;
    case KVM_SYSTEM_EVENT_RESET: end(End::Reset); break;
    case KVM_SYSTEM_EVENT_CRASH: {
        uint64_t parameters[5];
        vcpus_[vcpu]->crash_parameters(parameters);
        observer_.crashed(parameters);
        break;
    }
    default: observer_.trace("system event " + std::to_string(type)); break;
    }
}

void Machine::died(unsigned vcpu, const std::string& why) {
    observer_.died("vCPU " + std::to_string(vcpu) + ": " + why);
    end(End::Died);
}

} // namespace vmm
