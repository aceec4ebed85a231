// SPDX-License-Identifier: GPL-2.0-only
#include "scheduler.hpp"

#include "report.hpp"

#include <algorithm>
#include <cstdlib>

namespace testos {

namespace {
Scheduler* g_running; // entry() has room for one argument only
const uint64_t kStepLimit = 20000000; // no test comes near
} // namespace

Scheduler::Scheduler(uint64_t seed, uint32_t cpus) : random(seed), cpus_(cpus) {
    for (uint32_t i = 0; i < cpus; i++) cpus_[i].number = i;
    // Some seeds change over all the time, others let a task run for long.
    static const uint32_t kRates[] = {2, 4, 8, 32};
    switch_rate_ = kRates[random.below(4)];
}

Scheduler::~Scheduler() {
    if (!dead_) return;
    // Stacks of a dead machine still hold live objects: they stay as they are.
    static std::vector<std::unique_ptr<Task>>* graveyard = new std::vector<std::unique_ptr<Task>>;
    for (auto& task : tasks_) {
        task->fibre.show_to_leak_checker();
        graveyard->push_back(std::move(task));
    }
}

// Nobody joins handlers: their tasks are used again, though not by themselves.
void Scheduler::reap_handlers() {
    for (size_t i = 0; i < tasks_.size();) {
        Task* const task = tasks_[i].get();
        if (task->state == TaskState::Done && task->level != Level::Process && task != current_) {
            spare_.push_back(std::move(tasks_[i]));
            tasks_.erase(tasks_.begin() + static_cast<ptrdiff_t>(i));
        } else {
            i++;
        }
    }
}

void Scheduler::forget(Task* task) {
    for (auto it = tasks_.begin(); it != tasks_.end(); ++it) {
        if (it->get() != task) continue;
        spare_.push_back(std::move(*it));
        tasks_.erase(it);
        return;
    }
}

Task* Scheduler::make(const std::string& name, Level level, std::function<void()> body) {
    reap_handlers();
    std::unique_ptr<Task> task;
    if (spare_.empty()) {
        task.reset(new Task);
    } else {
        task = std::move(spare_.back());
        spare_.pop_back();
    }
    task->id = next_id_++;
    task->name = name;
    task->level = level;
    task->state = TaskState::Ready;
    task->body = std::move(body);
    task->cpu = nullptr;
    task->irqs_off = task->pinned = 0;
    task->fibre.prepare(entry, task.get());
    tasks_.push_back(std::move(task));
    return tasks_.back().get();
}

void Scheduler::entry(void* argument) {
    Task* task = static_cast<Task*>(argument);
    task->body();
    task->body = nullptr;
    g_running->leave_cpu(*task);
    task->state = TaskState::Done;
    if (!task->held.empty()) report("task '%s' ends with a lock held", task->name.c_str());
    g_running->wake_all(task->ended);
    g_running->schedule();
    abort(); // a task that is done is never chosen
}

bool Scheduler::run(const char* name, std::function<void()> body) {
    if (dead_) return false;
    Scheduler* const before = g_running;
    g_running = this;
    root_ = make(name, Level::Process, std::move(body));
    schedule();
    current_ = nullptr;
    if (!dead_) forget(root_);
    root_ = nullptr;
    g_running = before;
    return !dead_;
}

Task* Scheduler::spawn(const std::string& name, std::function<void()> body) {
    Task* task = make(name, Level::Process, std::move(body));
    point();
    return task;
}

void Scheduler::join(Task* task) {
    while (task->state != TaskState::Done) block(task->ended, "the end of a task", kNever);
    forget(task);
}

std::vector<std::string> Scheduler::others() const {
    std::vector<std::string> names;
    for (auto& task : tasks_)
        if (task.get() != current_ && task->state != TaskState::Done) names.push_back(task->name);
    return names;
}

// ---- scheduling points ----

void Scheduler::point() {
    if (!in_task()) return;
    now_ += 50 + random.below(1000);
    run_timers();
    if (random.below(switch_rate_) != 0) return;
    schedule();
}

bool Scheduler::block(WaitList& list, const char* what, uint64_t deadline) {
    Task& task = *current_;
    task.state = TaskState::Blocked;
    task.waits_for = what;
    task.waiting_on = &list;
    task.timed_out = false;
    list.tasks.push_back(&task);
    const uint64_t serial = ++task.wait_serial;
    uint64_t timer = 0;
    if (deadline != kNever) {
        timer = at(deadline, [&task, serial] {
            if (task.wait_serial != serial || task.state != TaskState::Blocked) return;
            auto& waiters = task.waiting_on->tasks;
            waiters.erase(std::find(waiters.begin(), waiters.end(), &task));
            task.timed_out = true;
            task.state = TaskState::Ready;
        });
    }
    leave_cpu(task);
    schedule();
    task.waiting_on = nullptr;
    ++task.wait_serial;
    if (timer) cancel_timer(timer);
    return !task.timed_out;
}

void Scheduler::burn(uint64_t ns) {
    Task& task = *current_;
    task.state = TaskState::Blocked;
    task.keeps_cpu = true;
    task.waits_for = "a delay";
    at(now_ + ns, [&task] { task.state = TaskState::Ready; });
    schedule();
    task.keeps_cpu = false;
}

void Scheduler::spin(const char* what, std::function<bool()> free) {
    Task& task = *current_;
    task.state = TaskState::Spinning;
    task.waits_for = what;
    task.may_go_on = std::move(free);
    schedule();
    task.may_go_on = nullptr;
}

void Scheduler::pin() {
    if (current_->pinned++ == 0) current_->pin_id = next_id_++;
}

void Scheduler::unpin() {
    if (current_->pinned == 0) {
        report("lis_os_cpu_unpin without pin");
        return;
    }
    if (--current_->pinned == 0) wake_all(interrupt_ended_);
}

void Scheduler::wake_all(WaitList& list) {
    for (Task* task : list.tasks) task->state = TaskState::Ready;
    list.tasks.clear();
}

void Scheduler::wake_one(WaitList& list) {
    if (list.tasks.empty()) return;
    list.tasks.front()->state = TaskState::Ready;
    list.tasks.erase(list.tasks.begin());
}

// ---- who runs next ----

void Scheduler::leave_cpu(Task& task) {
    Cpu* const cpu = task.cpu;
    if (!cpu) return;
    switch (task.level) {
    case Level::Process: cpu->task = nullptr; break;
    case Level::Softirq: cpu->softirq = nullptr; break;
    case Level::Hardirq: cpu->hardirq = nullptr; break;
    }
    task.cpu = nullptr;
}

bool Scheduler::can_run(const Task& task) const {
    if (alone_ && alone_ != &task) return false;
    if (task.cpu && task.cpu->top() != &task) return false;
    if (task.state == TaskState::Ready) return true;
    return task.state == TaskState::Spinning && task.may_go_on();
}

Cpu* Scheduler::idle_cpu() {
    const uint32_t start = random.below(cpu_count());
    for (uint32_t i = 0; i < cpu_count(); i++) {
        Cpu& cpu = cpus_[(start + i) % cpu_count()];
        if (cpu.online && !cpu.top()) return &cpu;
    }
    return nullptr;
}

void Scheduler::choices(std::vector<Choice>& out) {
    out.clear();
    Cpu* const idle = alone_ ? nullptr : idle_cpu();
    for (auto& task : tasks_) {
        if (!can_run(*task)) continue;
        if (task->cpu || idle) out.push_back({Choice::RunTask, task.get(), task->cpu ? task->cpu : idle});
    }
    if (alone_) return;
    for (Cpu* cpu : with_interrupts_) {
        Task* const top = cpu->top();
        if (!cpu->hardirq && (!top || top->irqs_off == 0)) out.push_back({Choice::TakeInterrupt, nullptr, cpu});
    }
    for (Cpu* cpu : with_softirqs_) {
        if (cpu->hardirq || cpu->softirq || (cpu->task && cpu->task->irqs_off != 0)) continue;
        if (std::any_of(cpu->softirqs.begin(), cpu->softirqs.end(),
                        [](const Softirq* s) { return !s->running && s->disabled == 0; }))
            out.push_back({Choice::TakeSoftirq, nullptr, cpu});
    }
}

// The current task may be ready (it goes on later), blocked or done.
void Scheduler::schedule() {
    Task* const self = current_;
    if (self && self->state == TaskState::Ready && !self->atomic()) leave_cpu(*self);
    for (;;) {
        if (++steps_ == kStepLimit) stuck("livelock: much happens and nothing ends");
        if (dead_ || (root_ && root_->state == TaskState::Done)) {
            switch_to(nullptr);
            return;
        }
        run_timers();
        choices(scratch_);
        if (scratch_.empty()) {
            if (jump_to_next_deadline()) continue;
            stuck("deadlock: nothing can run and nothing has a deadline");
            switch_to(nullptr);
            return;
        }
        const Choice choice = scratch_[random.below(static_cast<uint32_t>(scratch_.size()))];
        if (choice.kind == Choice::TakeInterrupt) {
            start_interrupt(*choice.cpu);
            continue;
        }
        if (choice.kind == Choice::TakeSoftirq) {
            start_softirq(*choice.cpu);
            continue;
        }
        Task* const next = choice.task;
        if (!next->cpu) {
            next->cpu = choice.cpu;
            choice.cpu->task = next;
        }
        next->state = TaskState::Ready;
        switch_to(next);
        return;
    }
}

// nullptr: to the thread that called run().
void Scheduler::switch_to(Task* next) {
    Task* const self = current_;
    if (self == next) return;
    current_ = next;
    Fibre& to = next ? next->fibre : main_;
    if (!self) {
        main_.switch_to(to);
        return;
    }
    if (self->state != TaskState::Done) {
        self->fibre.switch_to(to);
        return;
    }
    self->fibre.leave_to(to);
}

// ---- time ----

uint64_t Scheduler::at(uint64_t when, std::function<void()> action) {
    const uint64_t id = next_id_++;
    timers_[std::make_pair(when, id)] = Timer{id, std::move(action)};
    timer_times_[id] = when;
    return id;
}

void Scheduler::cancel_timer(uint64_t id) {
    auto found = timer_times_.find(id);
    if (found == timer_times_.end()) return;
    timers_.erase(std::make_pair(found->second, id));
    timer_times_.erase(found);
}

void Scheduler::run_timers() {
    if (in_timer_) return;
    in_timer_ = true;
    while (!timers_.empty() && timers_.begin()->first.first <= now_) {
        Timer timer = std::move(timers_.begin()->second);
        timers_.erase(timers_.begin());
        timer_times_.erase(timer.id);
        timer.action();
    }
    in_timer_ = false;
}

bool Scheduler::jump_to_next_deadline() {
    if (timers_.empty()) return false;
    now_ = std::max(now_, timers_.begin()->first.first);
    return true;
}

void Scheduler::stuck(const char* how) {
    dead_ = true;
    std::string text = std::string(how) + "\n";
    for (auto& task : tasks_) {
        if (task->state == TaskState::Done) continue;
        text += "  " + task->name + (task->state == TaskState::Ready ? " (ready)" : " waits for ") +
                (task->state == TaskState::Ready ? "" : task->waits_for);
        if (task->cpu) text += " on CPU " + std::to_string(task->cpu->number);
        if (task->irqs_off) text += ", interrupts off";
        text += "\n";
    }
    report("%s", text.c_str());
}

// ---- interrupts ----

void Scheduler::remove_from(std::vector<Cpu*>& list, Cpu* cpu) {
    list.erase(std::remove(list.begin(), list.end(), cpu), list.end());
}

void Scheduler::interrupt(Cpu& cpu, std::function<void()> handler) {
    if (cpu.interrupts.empty()) with_interrupts_.push_back(&cpu);
    cpu.interrupts.push_back(std::move(handler));
}

void Scheduler::start_interrupt(Cpu& cpu) {
    std::function<void()> handler = std::move(cpu.interrupts.front());
    cpu.interrupts.pop_front();
    if (cpu.interrupts.empty()) remove_from(with_interrupts_, &cpu);
    Task* const task = make("interrupt on CPU " + std::to_string(cpu.number), Level::Hardirq, nullptr);
    task->body = [this, handler] {
        handler();
        wake_all(interrupt_ended_);
    };
    task->irqs_off = 1;
    task->cpu = &cpu;
    cpu.hardirq = task;
}

void Scheduler::pend_softirq(Cpu& cpu, Softirq& softirq) {
    if (softirq.pending) return;
    softirq.pending = true;
    if (cpu.softirqs.empty()) with_softirqs_.push_back(&cpu);
    cpu.softirqs.push_back(&softirq);
}

void Scheduler::forget_softirq(Softirq& softirq) {
    for (Cpu& cpu : cpus_) {
        auto& list = cpu.softirqs;
        list.erase(std::remove(list.begin(), list.end(), &softirq), list.end());
        if (list.empty()) remove_from(with_softirqs_, &cpu);
    }
    softirq.pending = false;
}

void Scheduler::start_softirq(Cpu& cpu) {
    for (auto it = cpu.softirqs.begin(); it != cpu.softirqs.end(); ++it) {
        Softirq* const softirq = *it;
        if (softirq->running || softirq->disabled != 0) continue;
        cpu.softirqs.erase(it);
        if (cpu.softirqs.empty()) remove_from(with_softirqs_, &cpu);
        softirq->pending = false;
        softirq->running = true;
        Task* const task = make("softirq on CPU " + std::to_string(cpu.number), Level::Softirq, nullptr);
        task->body = [this, softirq] {
            softirq->run();
            softirq->running = false;
            wake_all(softirq->idle);
        };
        task->cpu = &cpu;
        cpu.softirq = task;
        return;
    }
}

std::vector<uint64_t> Scheduler::running_handlers() const {
    std::vector<uint64_t> ids;
    for (const Cpu& cpu : cpus_)
        if (cpu.hardirq) ids.push_back(cpu.hardirq->id);
    for (const std::unique_ptr<Task>& task : tasks_)
        if (task->pinned != 0) ids.push_back(task->pin_id);
    return ids;
}

void Scheduler::alone(std::function<void()> body) {
    Task& task = *current_;
    task.irqs_off++;
    alone_ = &task;
    body();
    alone_ = nullptr;
    task.irqs_off--;
}

} // namespace testos
