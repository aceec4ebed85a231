// SPDX-License-Identifier: GPL-2.0-only
#include "keeper.hpp"

#include "attack.hpp"
#include "scenario_commands.hpp"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace vmm {

namespace {
const int kLookAgainMs = 100;
}

Keeper::Keeper(const Options& options) : options_(options), control_(loop_), devices_(loop_, control_), reboots_left_(options.reboots) {
    add_commands();
    open_ports();
    for (const Json& arguments : options_.devices) devices_.add(arguments);
    if (!options_.control.empty()) control_.open(options_.control);
}

Keeper::~Keeper() { stop_guest(); }

int Keeper::run() {
    start_guest();
    if (options_.time_limit != 0) {
        time_limit_ = Fd(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
        itimerspec when = {};
        when.it_value.tv_sec = static_cast<time_t>(options_.time_limit);
        if (time_limit_.get() < 0 || timerfd_settime(time_limit_.get(), 0, &when, nullptr) != 0) throw system_error("timerfd");
        loop_.watch(time_limit_.get(), [this] { time_is_up(); });
    }
    loop_.run();
    stop_guest();
    return status_;
}

void Keeper::say(const std::string& text) { fprintf(stderr, "vmbus-vmm: %s\n", text.c_str()); }

void Keeper::open_ports() {
    for (const std::string& where : options_.serials) {
        Port port;
        port.where = where;
        if (where == "stdio") {
            port.file = Fd(dup(STDOUT_FILENO));
        } else if (where != "none" && where != "control") {
            port.file = Fd(open(where.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC, 0666));
            if (port.file.get() < 0) throw system_error("--serial " + where);
        }
        ports_.push_back(std::move(port));
    }
    for (unsigned i = 0; i < ports_.size(); i++) {
        if (ports_[i].where != "stdio") continue;
        // A plain file cannot be waited for, and has nothing to say.
        try {
            loop_.watch(STDIN_FILENO, [this, i] {
                unsigned char bytes[256];
                const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
                if (count > 0 && machine_) machine_->serial(i).type(bytes, static_cast<size_t>(count));
                else if (count <= 0) loop_.forget(STDIN_FILENO);
            });
        } catch (const Error&) {
        }
        break;
    }
}

void Keeper::stop_guest() {
    if (!machine_) return;
    machine_->pause();
    devices_.stop();
    machine_.reset();
}

void Keeper::start_guest() {
    stop_guest();
    // The guest may have written new ones.
    const BootImages images = read_boot_files(options_.machine.boot);
    machine_.reset(new Machine(options_.machine, images, loop_, *this));
    machine_->on_end = [this](End end) { guest_ended(end); };
    if (!options_.hostile.empty()) {
        const auto guard = machine_->host().lock();
        machine_->host().attack(parse_attack(options_.hostile));
    }
    devices_.start(machine_->host());
    machine_->start();
}

void Keeper::guest_ended(End end) {
    const char* const reason = end == End::Reset ? "guest-reset" : end == End::PowerOff ? "guest-shutdown" : "guest-died";
    if (end != End::Died) say(end == End::Reset ? "the guest has reset" : "the guest has powered off");
    else status_ = 3;
    control_.event("SHUTDOWN", Json{{"guest", true}, {"reason", reason}});
    if (end == End::Reset && reboots_left_ > 0) {
        reboots_left_--;
        // Not from inside the machine that ends.
        loop_.post([this] { start_guest(); });
    } else if (!options_.stay) {
        loop_.stop();
    }
}

void Keeper::add_commands() {
    const auto host = [this] { return machine_ ? &machine_->host() : nullptr; };
    add_attack_commands(control_, host);
    add_scenario_commands(control_, host);
    control_.add_command("qmp_capabilities", [](const Json&) { return Json::object(); });
    control_.add_command("quit", [this](const Json&) {
        loop_.stop();
        return Json::object();
    });
    control_.add_command("system_reset", [this](const Json&) {
        loop_.post([this] { start_guest(); });
        return Json::object();
    });
    control_.add_command("inject-nmi", [this](const Json&) {
        guest().inject_nmi();
        return Json::object();
    });
    control_.add_command("query-stats", [this](const Json&) { return statistics(); });
    control_.add_command("query-kvm", [this](const Json&) { return Json(guest().kvm_stats()); });
    control_.add_command("query-vcpus", [this](const Json&) { return vcpus(); });
}

Machine& Keeper::guest() {
    if (!machine_) throw Error("there is no guest");
    return *machine_;
}

Json Keeper::statistics() {
    Machine& machine = guest();
    Json exits = Json::object();
    uint64_t all = 0;
    for (unsigned i = 0; i < static_cast<unsigned>(ExitReason::kCount); i++) {
        const uint64_t count = machine.exit_count(static_cast<ExitReason>(i));
        exits[name(static_cast<ExitReason>(i))] = count;
        all += count;
    }
    const auto guard = machine.host().lock();
    const host::Bus& bus = machine.host().bus();
    return Json{{"exits", all},
                {"exit_reasons", exits},
                {"posts", bus.posts()},
                {"signals", bus.signals()},
                {"gpadls", bus.gpadl_count()},
                {"version", bus.version()},
                {"devices", devices_.stats()},
                {"violations", bus.violations()}};
}

Json Keeper::vcpus() {
    Json result = Json::array();
    for (const VcpuReport& report : guest().vcpu_reports()) {
        char address[32];
        snprintf(address, sizeof address, "0x%llx", static_cast<unsigned long long>(report.instruction));
        result.push_back(Json{{"state", report.state}, {"rip", address}, {"interrupts", report.interrupts}});
    }
    return result;
}

void Keeper::time_is_up() {
    take(time_limit_);
    if (!machine_ || machine_->ended()) return;
    say("the time limit of " + std::to_string(options_.time_limit) + " s has passed; the vCPUs are");
    unsigned number = 0;
    for (const VcpuReport& report : machine_->vcpu_reports()) say("  " + std::to_string(number++) + ": " + text(report));
    machine_->pause();
    status_ = 4;
    control_.event("SHUTDOWN", Json{{"guest", false}, {"reason", "time-limit"}});
    loop_.stop();
}

void Keeper::trace(const std::string& line) {
    if (options_.verbose) say(line);
}

void Keeper::crashed(const uint64_t (&parameters)[5]) {
    Json info = {{"type", "hyper-v"}};
    for (int i = 0; i < 5; i++) info["arg" + std::to_string(i + 1)] = parameters[i];
    say("the guest reports a crash");
    loop_.post([this, info] { control_.event("GUEST_PANICKED", Json{{"action", "run"}, {"info", info}}); });
}

void Keeper::died(const std::string& why) { say("the guest died: " + why); }

void Keeper::serial_output(unsigned number, unsigned char byte) {
    Port& port = ports_[number];
    if (port.file.get() >= 0) {
        // Nobody may read the other end of a pipe: that must not keep the guest from ending.
        for (bool last = false; !last;) {
            last = machine_->pausing();
            pollfd room = {port.file.get(), POLLOUT, 0};
            if (poll(&room, 1, last ? 0 : kLookAgainMs) > 0 && (write(port.file.get(), &byte, 1) >= 0 || errno != EINTR))
                break;
        }
        return;
    }
    if (port.where != "control") return;
    if (byte != '\n') {
        port.line.push_back(static_cast<char>(byte));
        return;
    }
    std::string line;
    line.swap(port.line);
    const Machine* const asker = machine_.get();
    loop_.post([this, number, line, asker] {
        if (machine_.get() != asker) return; // another guest by now
        const std::string answer = control_.answer(line) + "\n";
        machine_->serial(number).type(reinterpret_cast<const unsigned char*>(answer.data()), answer.size());
    });
}

} // namespace vmm
