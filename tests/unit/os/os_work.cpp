// SPDX-License-Identifier: GPL-2.0-only
// lis/os.h: ordered queues and work items, deferred parts of interrupts.
#include "machine.hpp"
#include "report.hpp"

#include <algorithm>

using testos::Machine;
using testos::Scheduler;

struct lis_os_work {
    lis_os_queue* queue;
    void (*run)(void* context);
    void* context;
    bool queued = false;
    uint64_t timer = 0; // queued later
    uint64_t serial = 0;
    uint32_t cancelling = 0;
};

struct lis_os_queue {
    std::string name;
    std::deque<lis_os_work*> items;
    lis_os_work* running = nullptr;
    uint64_t running_serial = 0;
    uint64_t last_serial = 0;
    uint32_t delayed = 0;
    bool stop = false;
    testos::WaitList idle;     // the worker
    testos::WaitList progress; // who waits for an item to end
    testos::Task* worker = nullptr;
};

namespace {

Scheduler& scheduler() { return Machine::current().scheduler; }

void work_loop(lis_os_queue* queue) {
    for (;;) {
        if (queue->items.empty()) {
            if (queue->stop) return;
            scheduler().block(queue->idle, "work", testos::kNever);
            continue;
        }
        lis_os_work* const work = queue->items.front();
        queue->items.pop_front();
        work->queued = false;
        queue->running = work;
        queue->running_serial = work->serial;
        work->run(work->context);
        queue->running = nullptr;
        if (!scheduler().current().held.empty()) testos::report("a work item ends with a lock held");
        scheduler().wake_all(queue->progress);
        scheduler().point();
    }
}

bool in_worker(const lis_os_queue* queue) { return &scheduler().current() == queue->worker; }

void enqueue(lis_os_work* work) {
    work->queued = true;
    work->serial = ++work->queue->last_serial;
    work->queue->items.push_back(work);
    scheduler().wake_all(work->queue->idle);
}

bool may_submit(lis_os_work* work) {
    if (!Machine::current().alive(work, "work item")) testos::report("a work item is queued that does not exist");
    return !work->queued && work->timer == 0 && work->cancelling == 0;
}

} // namespace

struct lis_os_queue* lis_os_queue_create(const char* name) {
    testos::require_process("lis_os_queue_create");
    Machine& machine = Machine::current();
    if (!machine.may_allocate()) return nullptr;
    lis_os_queue* const queue = new lis_os_queue;
    queue->name = name;
    machine.created(queue, "queue", __builtin_return_address(0));
    queue->worker = machine.scheduler.spawn("queue " + queue->name, [queue] { work_loop(queue); });
    return queue;
}

void lis_os_queue_flush(struct lis_os_queue* queue) {
    testos::require_process("lis_os_queue_flush");
    if (in_worker(queue)) testos::report("queue %s is flushed by its own item", queue->name.c_str());
    const uint64_t last = queue->last_serial;
    while ((queue->running && queue->running_serial <= last) ||
           (!queue->items.empty() && queue->items.front()->serial <= last))
        scheduler().block(queue->progress, "the flush of a queue", testos::kNever);
    scheduler().point();
}

void lis_os_queue_destroy(struct lis_os_queue* queue) {
    if (!queue) return;
    testos::require_process("lis_os_queue_destroy");
    if (!Machine::current().destroyed(queue, "queue")) return;
    if (queue->delayed != 0) testos::report("queue %s is destroyed with delayed items", queue->name.c_str());
    queue->stop = true;
    scheduler().wake_all(queue->idle);
    scheduler().join(queue->worker);
    delete queue;
}

struct lis_os_work* lis_os_work_create(struct lis_os_queue* queue, void (*run)(void* context), void* context) {
    testos::require_process("lis_os_work_create");
    Machine& machine = Machine::current();
    if (!machine.may_allocate()) return nullptr;
    lis_os_work* const work = new lis_os_work;
    work->queue = queue;
    work->run = run;
    work->context = context;
    machine.created(work, "work item", __builtin_return_address(0));
    return work;
}

void lis_os_work_submit(struct lis_os_work* work) {
    if (may_submit(work)) enqueue(work);
    scheduler().point();
}

void lis_os_work_submit_after(struct lis_os_work* work, uint32_t delay_ms) {
    if (!may_submit(work)) return;
    work->queue->delayed++;
    work->timer = scheduler().at(scheduler().now() + uint64_t{delay_ms} * 1000000, [work] {
        work->queue->delayed--;
        work->timer = 0;
        enqueue(work);
    });
}

void lis_os_work_cancel(struct lis_os_work* work) {
    testos::require_process("lis_os_work_cancel");
    Scheduler& s = scheduler();
    s.point();
    work->cancelling++;
    if (work->timer != 0) {
        s.cancel_timer(work->timer);
        work->timer = 0;
        work->queue->delayed--;
    }
    // The queue may be gone when nothing of this item is queued or running.
    if (work->queued || (Machine::current().alive(work->queue, "queue") && work->queue->running == work)) {
        lis_os_queue* const queue = work->queue;
        if (work->queued) queue->items.erase(std::find(queue->items.begin(), queue->items.end(), work));
        work->queued = false;
        if (queue->running == work && in_worker(queue)) testos::report("a work item cancels itself");
        while (queue->running == work) s.block(queue->progress, "the end of a work item", testos::kNever);
    }
    work->cancelling--;
}

void lis_os_work_destroy(struct lis_os_work* work) {
    if (!work) return;
    lis_os_work_cancel(work);
    if (!Machine::current().destroyed(work, "work item")) return;
    delete work;
}

// ---- softirqs ----

struct lis_os_softirq {
    testos::Softirq state;
};

struct lis_os_softirq* lis_os_softirq_create(void (*run)(void* context), void* context) {
    testos::require_process("lis_os_softirq_create");
    Machine& machine = Machine::current();
    if (!machine.may_allocate()) return nullptr;
    lis_os_softirq* const softirq = new lis_os_softirq;
    softirq->state.run = [run, context] { run(context); };
    machine.created(softirq, "softirq", __builtin_return_address(0));
    return softirq;
}

void lis_os_softirq_destroy(struct lis_os_softirq* softirq) {
    if (!softirq) return;
    testos::require_process("lis_os_softirq_destroy");
    while (softirq->state.pending || softirq->state.running)
        scheduler().block(softirq->state.idle, "the end of a softirq", testos::kNever);
    if (!Machine::current().destroyed(softirq, "softirq")) return;
    delete softirq;
}

void lis_os_softirq_schedule(struct lis_os_softirq* softirq) {
    testos::Task& task = testos::current_task("lis_os_softirq_schedule");
    if (!Machine::current().alive(softirq, "softirq")) testos::report("a softirq is scheduled that does not exist");
    scheduler().pend_softirq(*task.cpu, softirq->state);
    scheduler().point();
}

void lis_os_softirq_disable(struct lis_os_softirq* softirq) {
    testos::require_process("lis_os_softirq_disable");
    softirq->state.disabled++;
    while (softirq->state.running) scheduler().block(softirq->state.idle, "the end of a softirq", testos::kNever);
}

void lis_os_softirq_enable(struct lis_os_softirq* softirq) {
    if (softirq->state.disabled == 0)
        testos::report("a softirq is enabled that is not disabled");
    else
        softirq->state.disabled--;
    scheduler().point();
}
