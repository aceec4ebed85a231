// SPDX-License-Identifier: GPL-2.0-only
// lis/os.h: CPUs, the hypervisor, the log.
#include "machine.hpp"
#include "report.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

using testos::Cpu;
using testos::Frames;
using testos::Machine;
using testos::Scheduler;
using testos::Task;

uint32_t lis_os_cpu_limit(void) { return Machine::current().scheduler.cpu_count(); }

int32_t lis_os_cpu_is_online(uint32_t cpu) {
    Scheduler& scheduler = Machine::current().scheduler;
    return cpu < scheduler.cpu_count() && scheduler.cpu(cpu).online;
}

uint32_t lis_os_cpu_vp_index(uint32_t cpu) { return Machine::current().scheduler.cpu(cpu).vp_index; }

uint32_t lis_os_cpu_node(uint32_t cpu) { return cpu % 2; }

uint32_t lis_os_cpu_pin(void) {
    Task& task = testos::current_task("lis_os_cpu_pin");
    Scheduler& scheduler = Machine::current().scheduler;
    scheduler.point();
    scheduler.pin();
    return task.cpu->number;
}

void lis_os_cpu_unpin(void) {
    Scheduler& scheduler = Machine::current().scheduler;
    scheduler.unpin();
    scheduler.point();
}

void lis_os_cpus_lock(void) {
    testos::require_process("lis_os_cpus_lock");
    Machine::current().lock_cpus();
}

void lis_os_cpus_unlock(void) { Machine::current().unlock_cpus(); }

int32_t lis_os_cpu_call(uint32_t number, void (*run)(void* context), void* context) {
    testos::require_process("lis_os_cpu_call");
    Scheduler& scheduler = Machine::current().scheduler;
    if (!lis_os_cpu_is_online(number)) return -LIS_ENODEV;
    bool done = false;
    testos::WaitList waiter;
    scheduler.interrupt(scheduler.cpu(number), [&] {
        run(context);
        done = true;
        scheduler.wake_all(waiter);
    });
    while (!done) scheduler.block(waiter, "a call on another CPU", testos::kNever);
    return 0;
}

void lis_os_quiesce(void) {
    testos::require_process("lis_os_quiesce");
    Scheduler& scheduler = Machine::current().scheduler;
    const std::vector<uint64_t> at_call = scheduler.running_handlers();
    for (;;) {
        const std::vector<uint64_t> now = scheduler.running_handlers();
        const bool ended = std::none_of(at_call.begin(), at_call.end(), [&now](uint64_t id) {
            return std::find(now.begin(), now.end(), id) != now.end();
        });
        if (ended) return;
        scheduler.block(scheduler.interrupt_ended(), "the end of interrupt handlers", testos::kNever);
    }
}

// ---- hypervisor ----

void lis_os_cpuid(uint32_t leaf, uint32_t registers[4]) {
    auto& leaves = Machine::current().cpuid;
    auto found = leaves.find(leaf);
    for (size_t i = 0; i < 4; i++) registers[i] = found == leaves.end() ? 0 : found->second[i];
}

namespace {

// The CPU that a register access concerns: the caller must not be able to leave it.
Cpu& this_cpu(const char* function) {
    Task& task = testos::current_task(function);
    if (!task.atomic()) testos::report("%s by a task that may move to another CPU", function);
    return *task.cpu;
}

} // namespace

uint64_t lis_os_msr_read(uint32_t msr) {
    Cpu& cpu = this_cpu("lis_os_msr_read");
    Machine& machine = Machine::current();
    uint64_t value = 0;
    if (machine.hypervisor && machine.hypervisor->msr_read(cpu, msr, &value)) return value;
    return cpu.msrs[msr];
}

void lis_os_msr_write(uint32_t msr, uint64_t value) {
    Cpu& cpu = this_cpu("lis_os_msr_write");
    Machine& machine = Machine::current();
    machine.scheduler.point();
    cpu.msrs[msr] = value;
    if (machine.hypervisor) machine.hypervisor->msr_written(cpu, msr, value);
    machine.scheduler.point();
}

namespace {

const uint64_t kNoHypervisor = 0x02; // invalid hypercall code

uint64_t hypercall(const char* function, uint64_t control, uint64_t input, bool fast) {
    Task& task = testos::current_task(function);
    Machine& machine = Machine::current();
    machine.scheduler.point();
    const uint64_t result =
        machine.hypervisor ? machine.hypervisor->hypercall(*task.cpu, control, input, fast) : kNoHypervisor;
    machine.scheduler.point();
    return result;
}

} // namespace

uint64_t lis_os_hypercall(uint64_t control, void* input) {
    this_cpu("lis_os_hypercall");
    uint64_t address = 0;
    if (input) {
        const uint64_t frame = Frames::pool().frame_of(input);
        if (frame == 0 || !Frames::pool().is_allocated(frame))
            testos::report("the input of a hypercall is not in a page of lis_os_pages_alloc");
        address = frame * testos::kFrameBytes + reinterpret_cast<uintptr_t>(input) % testos::kFrameBytes;
    }
    return hypercall("lis_os_hypercall", control, address, false);
}

uint64_t lis_os_hypercall_fast8(uint64_t control, uint64_t input) {
    return hypercall("lis_os_hypercall_fast8", control, input, true);
}

// ---- log ----

namespace {

void log_line(uint32_t level, const char* format, va_list arguments) {
    char text[1024];
    vsnprintf(text, sizeof text, format, arguments);
    Machine& machine = Machine::current();
    static const bool verbose = getenv("LIS_VERBOSE") != nullptr;
    if (verbose)
        fprintf(stderr, "%10.6f <%u> %s\n", static_cast<double>(machine.scheduler.now()) / 1e9, level, text);
    for (const char* byte = text; *byte; byte++)
        if (*byte == '\n') testos::report("a log line with a newline: %s", text);
    machine.log.push_back(testos::LogLine{level, text, machine.scheduler.now()});
}

} // namespace

void lis_os_log(uint32_t level, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    log_line(level, format, arguments);
    va_end(arguments);
}

void lis_os_log_limited(uint32_t level, const char* format, ...) {
    if (!Machine::current().log_may_pass_limit()) return;
    va_list arguments;
    va_start(arguments, format);
    log_line(level, format, arguments);
    va_end(arguments);
}
