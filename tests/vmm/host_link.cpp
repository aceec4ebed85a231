// SPDX-License-Identifier: GPL-2.0-only
#include "host_link.hpp"

#include <cstring>

#include <hyperv/hypercall.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace vmm {

namespace {

const uint32_t kPins = 24; // of the IOAPIC; routes to SINTs come behind them
const uint32_t kStatusInvalidCode = 0x02;
const uint32_t kStatusInvalidInput = 0x03;
const uint32_t kStatusInvalidAlignment = 0x04;

kvm_irq_routing_entry chip_route(uint32_t gsi, uint32_t chip, uint32_t pin) {
    kvm_irq_routing_entry route = {};
    route.gsi = gsi;
    route.type = KVM_IRQ_ROUTING_IRQCHIP;
    route.u.irqchip.irqchip = chip;
    route.u.irqchip.pin = pin;
    return route;
}

} // namespace

HostLink::HostLink(const Fd& vm, const Memory& memory, unsigned cpus, Loop& loop,
                   std::function<void(const std::string&)> log)
    : vm_(vm), memory_(memory), loop_(loop), log_(std::move(log)), sints_(cpus),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)), synic_(*this),
      bus_(*this, synic_, host::BusOptions()),
      threads_(bus_, lock_, [this](uint32_t id, const Fd* event) { connect(id, event); }) {
    if (timer_.get() < 0) throw system_error("timerfd");
    threads_.on_broken = [this](uint32_t relid, const std::string& why) {
        log_("relid " + std::to_string(relid) + " is not served any more: " + why);
    };
    route_interrupts();
    loop_.watch(timer_.get(), [this] { timers_due(); });
}

HostLink::~HostLink() {
    loop_.forget(timer_.get());
    for (const Sint& sint : sints_) loop_.forget(sint.ended.get());
}

void HostLink::attack(const host::HostileOptions& options) {
    end_attack();
    attackers_.emplace_back(new host::Hostile(options));
}

void HostLink::end_attack() {
    for (auto& attacker : attackers_) attacker->attack(false);
}

host::Counters HostLink::attack_counts() const {
    host::Counters counters;
    for (auto& attacker : attackers_) attacker->counts.add_to(counters);
    return counters;
}

// A table that is set replaces KVM's own: the pins of the legacy controllers stand in it as well.
void HostLink::route_interrupts() {
    std::vector<kvm_irq_routing_entry> routes;
    for (uint32_t pin = 0; pin < 16; pin++) {
        routes.push_back(chip_route(pin, pin < 8 ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE, pin % 8));
        if (pin == 0) routes.push_back(chip_route(0, KVM_IRQCHIP_IOAPIC, 2));
        else if (pin != 2) routes.push_back(chip_route(pin, KVM_IRQCHIP_IOAPIC, pin));
    }
    for (uint32_t pin = 16; pin < kPins; pin++) routes.push_back(chip_route(pin, KVM_IRQCHIP_IOAPIC, pin));
    for (uint32_t vp = 0; vp < sints_.size(); vp++) {
        kvm_irq_routing_entry route = {};
        route.gsi = kPins + vp;
        route.type = KVM_IRQ_ROUTING_HV_SINT;
        route.u.hv_sint.vcpu = vp;
        route.u.hv_sint.sint = hyperv::kVmbusSint;
        routes.push_back(route);
    }
    Table<kvm_irq_routing_entry> table(routes);
    control(vm_, kSetGsiRouting, table.data(), "interrupt routes");

    for (uint32_t vp = 0; vp < sints_.size(); vp++) {
        Sint& sint = sints_[vp];
        sint.raise = make_eventfd();
        sint.ended = make_eventfd();
        kvm_irqfd irqfd = {};
        irqfd.fd = static_cast<uint32_t>(sint.raise.get());
        irqfd.gsi = kPins + vp;
        irqfd.flags = KVM_IRQFD_FLAG_RESAMPLE;
        irqfd.resamplefd = static_cast<uint32_t>(sint.ended.get());
        control(vm_, KVM_IRQFD, &irqfd, "an interrupt for a SINT");
        loop_.watch(sint.ended.get(), [this, vp] {
            if (!take(sints_[vp].ended)) return;
            const auto guard = lock();
            synic_.msr_written(vp, hyperv::kMsrEom, 0);
        });
        loop_.pause(sint.ended.get(), true);
    }
}

bool HostLink::raise_sint(uint32_t vp, uint32_t sint) {
    if (vp >= sints_.size() || sint != hyperv::kVmbusSint) return false;
    notify(sints_[vp].raise);
    return true;
}

// KVM tells of every end of an interrupt as well: listened to only when it matters. What was told before counts.
void HostLink::end_of_message_wanted(uint32_t vp, bool wanted) {
    if (vp < sints_.size()) loop_.pause(sints_[vp].ended.get(), !wanted);
}

void HostLink::connect(uint32_t connection_id, const Fd* event) {
    kvm_hyperv_eventfd request = {};
    request.conn_id = connection_id;
    request.fd = event ? event->get() : -1;
    request.flags = event ? 0 : KVM_HYPERV_EVENTFD_DEASSIGN;
    control(vm_, KVM_HYPERV_EVENTFD, &request, "KVM_HYPERV_EVENTFD");
}

// KVM makes the guest's counter, and its TSC page, of this clock.
uint64_t HostLink::reference_time() {
    kvm_clock_data clock = {};
    control(vm_, KVM_GET_CLOCK, &clock, "the guest's clock");
    return clock.clock / 100;
}

void HostLink::after(uint64_t ns, std::function<void()> action) {
    const std::lock_guard<std::mutex> guard(timers_mutex_);
    timers_.emplace(now_ns() + ns, std::move(action));
    arm();
}

void HostLink::arm() {
    itimerspec when = {};
    if (!timers_.empty()) {
        const uint64_t due = timers_.begin()->first;
        when.it_value.tv_sec = static_cast<time_t>(due / 1000000000);
        when.it_value.tv_nsec = static_cast<long>(due % 1000000000);
    }
    if (timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr) != 0) throw system_error("timerfd");
}

void HostLink::timers_due() {
    take(timer_);
    const auto guard = lock();
    while (const std::function<void()> action = take_due()) action();
}

// Null: nothing is due, and the timer is set for what comes next.
std::function<void()> HostLink::take_due() {
    const std::lock_guard<std::mutex> guard(timers_mutex_);
    if (timers_.empty() || timers_.begin()->first > now_ns()) {
        arm();
        return nullptr;
    }
    const std::function<void()> action = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    return action;
}

void HostLink::synic_exit(unsigned vp, const kvm_hyperv_exit& exit) {
    const auto guard = lock();
    switch (exit.u.synic.msr) {
    case hyperv::kMsrScontrol: synic_.msr_written(vp, hyperv::kMsrScontrol, exit.u.synic.control); break;
    case hyperv::kMsrSimp: synic_.msr_written(vp, hyperv::kMsrSimp, exit.u.synic.msg_page); break;
    case hyperv::kMsrSiefp: synic_.msr_written(vp, hyperv::kMsrSiefp, exit.u.synic.evt_page); break;
    default: break;
    }
}

uint64_t HostLink::hypercall(const kvm_hyperv_exit& exit) {
    const uint64_t call = exit.u.hcall.input & 0xFFFF;
    const auto guard = lock();
    switch (call) {
    case hyperv::kCallPostMessage: return post_message(exit);
    case hyperv::kCallSignalEvent: return signal_event(exit);
    default: return kStatusInvalidCode;
    }
}

uint64_t HostLink::post_message(const kvm_hyperv_exit& exit) {
    if (exit.u.hcall.input & hyperv::kCallFast) return kStatusInvalidInput;
    const uint64_t address = exit.u.hcall.params[0];
    if (address % 8 != 0) return kStatusInvalidAlignment;
    hyperv::PostMessageInput input;
    if (!host::read_guest(*this, address, &input, sizeof input)) return kStatusInvalidInput;
    if (input.payload_bytes.get() > sizeof input.payload) return kStatusInvalidInput;
    return bus_.post_message(input.connection_id.get(), input.message_type.get(), input.payload, input.payload_bytes.get());
}

uint64_t HostLink::signal_event(const kvm_hyperv_exit& exit) {
    uint64_t word = exit.u.hcall.params[0];
    if (!(exit.u.hcall.input & hyperv::kCallFast)) {
        if (word % 8 != 0) return kStatusInvalidAlignment;
        if (!host::read_guest(*this, exit.u.hcall.params[0], &word, sizeof word)) return kStatusInvalidInput;
    }
    return bus_.signal_event(static_cast<uint32_t>(word), static_cast<uint16_t>(word >> 32));
}

} // namespace vmm
