// SPDX-License-Identifier: GPL-2.0-only
// Connects the simulated machine with the host model: hypercalls and MSRs go to the
// host, its messages, events and timers come back. Pages that the host holds are
// poisoned for the guest, and a page that is freed meanwhile fails the test.
#ifndef BUS_LINK_HPP
#define BUS_LINK_HPP

#include "host/bus.hpp"
#include "host/tamper.hpp"
#include "os/machine.hpp"

#include <deque>

namespace bus_test {

class Link : public host::Platform, public testos::Hypervisor {
public:
    Link(testos::Machine& machine, const host::BusOptions& options);
    ~Link() override;

    host::Synic synic;
    host::Bus bus;

    // Hypercall statuses that the next calls of that code get instead of being made.
    std::deque<uint32_t> post_statuses;
    // A hostile host, which outlives this; null: an honest one.
    host::Tamper* attacker = nullptr;
    // Delay of every message, up to that; drawn anew each time.
    uint64_t longest_delay_ns = 50000;
    std::vector<std::string> host_log;

    // host::Platform
    void* page(uint64_t frame) override;
    bool raise_sint(uint32_t vp, uint32_t sint) override;
    uint64_t now_ns() override;
    void after(uint64_t ns, std::function<void()> action) override;
    void page_held(uint64_t frame) override;
    void page_released(uint64_t frame) override;
    host::Tamper* tamper() override { return attacker; }
    void log(const std::string& line) override;

    // testos::Hypervisor
    uint64_t hypercall(testos::Cpu& cpu, uint64_t control, uint64_t input, bool fast) override;
    void msr_written(testos::Cpu& cpu, uint32_t msr, uint64_t value) override;
    bool msr_read(testos::Cpu& cpu, uint32_t msr, uint64_t* value) override;

private:
    uint64_t post_message(uint64_t input);

    testos::Machine& machine_;
};

} // namespace bus_test

#endif
