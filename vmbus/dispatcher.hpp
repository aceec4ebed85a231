// SPDX-License-Identifier: GPL-2.0-only
// Takes the host's control messages out of the inbox, in order, and hands each to
// whom it concerns. It never waits for the host, since it is what others wait for.
#ifndef VMBUS_DISPATCHER_HPP
#define VMBUS_DISPATCHER_HPP

#include <hyperv/vmbus.h>
#include <lis/os.h>
#include <lis/result.hpp>

#include "inbox.hpp"

namespace vmbus {

struct Bus;
struct AnswerKey;

class Dispatcher {
public:
    explicit Dispatcher(Bus& bus) : bus_(bus), queue_(nullptr), work_(nullptr) {}
    ~Dispatcher();
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    LIS_MUST_USE lis::Status init();
    // There is news in the inbox. Any context.
    void wake() { lis_os_work_submit(work_); }
    // Everything that has arrived is dealt with.
    void flush() { lis_os_queue_flush(queue_); }

private:
    static void run(void* self) { static_cast<Dispatcher*>(self)->drain(); }
    void drain();
    bool refill_from_stalled();
    void dispatch(const ControlMessage& message);
    void answer(const AnswerKey& key, const ControlMessage& message);
    void open_result(const ControlMessage& message);
    void modify_response(const ControlMessage& message);
    void gpadl_created(const ControlMessage& message);
    void gpadl_torndown(const ControlMessage& message);

    Bus& bus_;
    lis_os_queue* queue_;
    lis_os_work* work_;
};

} // namespace vmbus

#endif
