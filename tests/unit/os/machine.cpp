// SPDX-License-Identifier: GPL-2.0-only
#include "machine.hpp"

#include "report.hpp"

#include <cstdlib>
#include <sanitizer/common_interface_defs.h>

namespace testos {

namespace {

Machine* g_machine;

std::string place_text(const void* place) {
    char text[256] = "";
    __sanitizer_symbolize_pc(const_cast<void*>(place), "%f %s:%l", text, sizeof text);
    return text;
}

} // namespace

Machine::Machine(const Options& options) : scheduler(options.seed, options.cpus), pending_vectors_(options.cpus) {
    if (g_machine) {
        report("two machines at a time");
        abort();
    }
    g_machine = this;
    for (uint32_t i = 0; i < options.cpus; i++) {
        Cpu& cpu = scheduler.cpu(i);
        cpu.vp_index = options.vp_index ? options.vp_index(i) : i * 7;
        cpu_by_vp_[cpu.vp_index] = i;
    }
}

Machine::~Machine() {
    Frames& frames = Frames::pool();
    if (!scheduler.dead()) {
        std::string left;
        for (auto& object : objects_)
            left += std::string("  ") + object.second.kind + " from " + place_text(object.second.place) + "\n";
        for (const std::string& name : scheduler.others()) left += "  task '" + name + "'\n";
        if (frames.allocated() != frames.abandoned() && left.empty()) left = "  pages\n";
        if (!left.empty()) report("left over at the end of the machine:\n%s", left.c_str());
    }
    frames.reset();
    g_machine = nullptr;
}

Machine& Machine::current() {
    if (!g_machine) {
        report("a call of lis/os.h without a machine");
        abort();
    }
    return *g_machine;
}

bool Machine::exists() { return g_machine != nullptr; }

void Machine::crash(std::function<void()> body) {
    crashing_ = true;
    scheduler.alone(std::move(body));
    crashing_ = false;
}

// ---- interrupts ----

void Machine::set_handler(uint32_t vector, std::function<void(uint32_t cpu)> handler) {
    handlers_[vector] = std::move(handler);
}

void Machine::raise(Cpu& cpu, uint32_t vector) {
    if (!cpu.online || !pending_vectors_[cpu.number].insert(vector).second) return;
    scheduler.interrupt(cpu, [this, &cpu, vector] {
        pending_vectors_[cpu.number].erase(vector);
        const std::function<void(uint32_t)> handler = handlers_[vector];
        if (handler)
            handler(cpu.number);
        else
            unhandled_++;
    });
}

// ---- CPUs ----

Cpu* Machine::cpu_of_vp(uint32_t vp_index) {
    auto found = cpu_by_vp_.find(vp_index);
    return found == cpu_by_vp_.end() ? nullptr : &scheduler.cpu(found->second);
}

void Machine::lock_cpus() { cpus_locked_++; }

void Machine::unlock_cpus() {
    if (--cpus_locked_ == 0) scheduler.wake_all(cpus_unlocked_);
}

void Machine::set_online(uint32_t number, bool online) {
    while (cpus_locked_ != 0) scheduler.block(cpus_unlocked_, "lis_os_cpus_unlock", kNever);
    Cpu& cpu = scheduler.cpu(number);
    cpu.online = online;
    // What stands on it moves away before a real CPU stops, too; the caller as well.
    WaitList nobody_wakes;
    while (!online && (cpu.top() || !cpu.interrupts.empty()))
        scheduler.block(nobody_wakes, "the end of what runs on a CPU", scheduler.now() + 1000);
}

// ---- allocations ----

bool Machine::may_allocate() {
    allocations_++;
    if (fail_in_ == 0 || --fail_in_ != 0) return true;
    injected_ = true;
    return false;
}

void Machine::created(const void* object, const char* kind, const void* place) {
    objects_[object] = Object{kind, place};
}

bool Machine::alive(const void* object, const char* kind) const {
    auto found = objects_.find(object);
    return found != objects_.end() && std::string(found->second.kind) == kind;
}

bool Machine::destroyed(const void* object, const char* kind) {
    if (!alive(object, kind)) {
        report("%s that does not exist is destroyed", kind);
        return false;
    }
    objects_.erase(object);
    return true;
}

// ---- log ----

size_t Machine::logged(const std::string& text) const {
    size_t lines = 0;
    for (const LogLine& line : log)
        if (line.text.find(text) != std::string::npos) lines++;
    return lines;
}

bool Machine::log_may_pass_limit() {
    const uint64_t window = scheduler.now() / 5000000000u;
    if (window != limit_window_) {
        limit_window_ = window;
        limit_lines_ = 0;
    }
    return limit_lines_++ < 10;
}

// ---- contexts ----

Task& current_task(const char* function) {
    Scheduler& scheduler = Machine::current().scheduler;
    if (!scheduler.in_task()) {
        report("%s outside of a task", function);
        abort();
    }
    return scheduler.current();
}

void require_no_crash(const char* function) {
    if (Machine::current().crashing()) report("%s on the crash path", function);
}

void require_process(const char* function) {
    const Task& task = current_task(function);
    require_no_crash(function);
    if (task.level != Level::Process)
        report("%s in interrupt context", function);
    else if (task.irqs_off != 0)
        report("%s with interrupts off", function);
    else if (task.pinned != 0)
        report("%s while pinned to a CPU", function);
}

} // namespace testos
