// SPDX-License-Identifier: GPL-2.0-only
// lis/os.h: wait and complete, sleeping, delays, time.
#include "machine.hpp"
#include "report.hpp"

using testos::Machine;
using testos::Scheduler;

struct lis_os_event {
    bool set = false;
    uint32_t inside = 0; // tasks in lis_os_wait, the woken ones included
    testos::WaitList waiters;
};

struct lis_os_event* lis_os_event_create(void) {
    testos::require_process("lis_os_event_create");
    Machine& machine = Machine::current();
    if (!machine.may_allocate()) return nullptr;
    lis_os_event* const event = new lis_os_event;
    machine.created(event, "event", __builtin_return_address(0));
    return event;
}

void lis_os_event_destroy(struct lis_os_event* event) {
    if (!event || !Machine::current().destroyed(event, "event")) return;
    if (event->inside != 0) testos::report("an event is destroyed while a task waits for it");
    delete event;
}

void lis_os_event_reset(struct lis_os_event* event) {
    if (event->inside != 0) testos::report("an event is reset while a task waits for it");
    event->set = false;
}

void lis_os_event_set(struct lis_os_event* event) {
    Scheduler& scheduler = Machine::current().scheduler;
    if (!Machine::current().alive(event, "event")) testos::report("an event is set that does not exist");
    event->set = true;
    scheduler.wake_all(event->waiters);
    scheduler.point();
}

int32_t lis_os_wait(struct lis_os_event* event, uint32_t timeout_ms) {
    testos::require_process("lis_os_wait");
    Scheduler& scheduler = Machine::current().scheduler;
    scheduler.point();
    const uint64_t deadline = scheduler.now() + uint64_t{timeout_ms} * 1000000;
    event->inside++;
    bool in_time = true;
    while (!event->set && in_time) in_time = scheduler.block(event->waiters, "an event", deadline);
    event->inside--;
    return event->set ? 0 : -LIS_ETIMEDOUT;
}

void lis_os_sleep_ms(uint32_t ms) {
    testos::require_process("lis_os_sleep_ms");
    Scheduler& scheduler = Machine::current().scheduler;
    testos::WaitList nobody_wakes;
    scheduler.block(nobody_wakes, "the end of a sleep", scheduler.now() + uint64_t{ms} * 1000000);
}

void lis_os_delay_us(uint32_t us) {
    testos::current_task("lis_os_delay_us");
    if (us > 10000) testos::report("lis_os_delay_us of %u us", us);
    Machine::current().scheduler.burn(uint64_t{us} * 1000);
}

uint64_t lis_os_now_ns(void) {
    Scheduler& scheduler = Machine::current().scheduler;
    scheduler.tick(20); // a loop that waits for the clock ends
    return scheduler.now();
}
