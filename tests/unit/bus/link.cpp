// SPDX-License-Identifier: GPL-2.0-only
#include "link.hpp"

#include "os/report.hpp"

#include <hyperv/hypercall.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bus_test {

using testos::Cpu;
using testos::Frames;

namespace {
const uint64_t kStatusInvalidCode = 0x02;
const uint64_t kStatusInvalidInput = 0x03;
const uint64_t kStatusInvalidAlignment = 0x04;
} // namespace

Link::Link(testos::Machine& machine, const host::BusOptions& options)
    : synic(*this), bus(*this, synic, options), machine_(machine) {
    machine.hypervisor = this;
    if (!bus.options.jitter_ns) {
        bus.options.jitter_ns = [this]() -> uint64_t {
            return longest_delay_ns == 0 ? 0 : machine_.scheduler.random.next() % longest_delay_ns;
        };
    }
}

Link::~Link() { machine_.hypervisor = nullptr; }

void* Link::page(uint64_t frame) { return Frames::pool().host_address(frame); }

bool Link::raise_sint(uint32_t vp, uint32_t sint) {
    Cpu* const cpu = machine_.cpu_of_vp(vp);
    if (!cpu) return false;
    auto found = cpu->msrs.find(hyperv::kMsrSint0 + sint);
    if (found == cpu->msrs.end() || (found->second & hyperv::kSintMasked)) return false;
    if (!(found->second & hyperv::kSintPolling))
        machine_.raise(*cpu, static_cast<uint32_t>(found->second & hyperv::kSintVectorMask));
    return true;
}

uint64_t Link::now_ns() { return machine_.scheduler.now(); }

void Link::after(uint64_t ns, std::function<void()> action) {
    machine_.scheduler.at(machine_.scheduler.now() + ns, std::move(action));
}

void Link::page_held(uint64_t frame) { Frames::pool().hold(frame); }
void Link::page_released(uint64_t frame) { Frames::pool().release(frame); }

uint64_t Link::post_message(uint64_t input) {
    if (!post_statuses.empty()) {
        const uint32_t status = post_statuses.front();
        post_statuses.pop_front();
        if (status != hyperv::kStatusSuccess) return status;
    }
    if (input % 8 != 0) return kStatusInvalidAlignment;
    hyperv::PostMessageInput block;
    if (input % 4096 + sizeof block > 4096 || !host::read_guest(*this, input, &block, sizeof block))
        return kStatusInvalidInput;
    if (block.payload_bytes.get() > sizeof block.payload) return kStatusInvalidInput;
    return bus.post_message(block.connection_id.get(), block.message_type.get(), block.payload,
                            block.payload_bytes.get());
}

// LIS_VERBOSE shows both sides of a failing seed.
void Link::log(const std::string& line) {
    static const bool verbose = getenv("LIS_VERBOSE") != nullptr;
    if (verbose) fprintf(stderr, "%10.6f host: %s\n", static_cast<double>(now_ns()) / 1e9, line.c_str());
    host_log.push_back(line);
}

uint64_t Link::hypercall(Cpu&, uint64_t control, uint64_t input, bool fast) {
    if (control == hyperv::kCallPostMessage && !fast) return post_message(input);
    if (control == (hyperv::kCallSignalEvent | hyperv::kCallFast) && fast)
        return bus.signal_event(static_cast<uint32_t>(input), static_cast<uint16_t>(input >> 32));
    testos::report("hypercall 0x%llx", static_cast<unsigned long long>(control));
    return kStatusInvalidCode;
}

void Link::msr_written(Cpu& cpu, uint32_t msr, uint64_t value) { synic.msr_written(cpu.vp_index, msr, value); }

bool Link::msr_read(Cpu& cpu, uint32_t msr, uint64_t* value) {
    if (msr == hyperv::kMsrVpIndex) {
        *value = cpu.vp_index;
        return true;
    }
    // Masked until the guest says otherwise.
    if (msr >= hyperv::kMsrSint0 && msr < hyperv::kMsrSint0 + 16 && !cpu.msrs.count(msr)) {
        *value = hyperv::kSintMasked;
        return true;
    }
    return false;
}

} // namespace bus_test
