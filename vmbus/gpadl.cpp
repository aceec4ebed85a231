// SPDX-License-Identifier: GPL-2.0-only
#include "gpadl.hpp"

#include "bus.hpp"
#include "gpadl_message.hpp"

namespace vmbus {

using hyperv::MessageType;
using lis::Status;

static const uint32_t kCreateTimeoutMs = 60 * 1000;
static const uint32_t kTeardownTimeoutMs = 10 * 1000;

// Failed with *sent at 0: the host knows nothing of the entry.
static Status post_pages(Bus& bus, uint32_t relid, const Gpadl& entry, uint32_t* sent) {
    const GpadlMessages messages(relid, entry.handle, entry.pages);
    unsigned char message[hyperv::kMaxMessageBytes];
    for (*sent = 0; *sent < messages.count(); (*sent)++) {
        const uint32_t size = messages.build(*sent, message);
        LIS_TRY(bus.poster.post_bytes(message, size));
    }
    return Status::Ok;
}

Status share(Bus& bus, const Channel& channel, Gpadl* entry) {
    const uint32_t relid = channel.relid();
    Request request(bus.exchange, AnswerKey{MessageType::GpadlCreated, relid, entry->handle}, relid);
    Status status = request.arm();
    if (status == Status::Ok && channel.rescinded())
        status = Status::Rescinded;
    if (status != Status::Ok) {
        bus.ledger.free(entry);
        return status;
    }
    bus.ledger.mark_shared(*entry, relid);
    uint32_t sent = 0;
    status = post_pages(bus, relid, *entry, &sent);
    if (status != Status::Ok) {
        if (sent == 0)
            bus.ledger.free(entry);
        else
            bus.ledger.leave_with_host(*entry, Gpadl::Teardown::NotDue);
        return status;
    }
    status = request.wait(kCreateTimeoutMs);
    if (status == Status::Ok && request.answer<hyperv::GpadlCreated>().status.get() != 0) {
        bus.ledger.refused(*entry);
        bus.enumerator.run_late_work();
        return Status::Refused;
    }
    if (status != Status::Ok) {
        // A late CREATED makes the TEARDOWN due; after a rescind it is due at once.
        bus.ledger.leave_with_host(*entry, status == Status::Rescinded ? Gpadl::Teardown::Due
                                                                       : Gpadl::Teardown::NotDue);
        bus.enumerator.run_late_work();
        return status;
    }
    bus.ledger.accepted(*entry);
    return Status::Ok;
}

static Status post_teardown(Bus& bus, uint32_t relid, uint32_t handle) {
    hyperv::GpadlTeardown message = hyperv::GpadlTeardown();
    message.header.type.set(static_cast<uint32_t>(MessageType::GpadlTeardown));
    message.relid.set(relid);
    message.gpadl.set(handle);
    return bus.poster.post(message);
}

void unshare(Bus& bus, const Channel& channel, Gpadl* entry) {
    const uint32_t handle = entry->handle;
    const uint32_t relid = entry->relid;
    const bool nobody_waits = channel.rescinded();
    Request request(bus.exchange, AnswerKey{MessageType::GpadlTorndown, 0, handle}, relid);
    if (nobody_waits || request.arm() != Status::Ok) {
        bus.ledger.leave_with_host(*entry, Gpadl::Teardown::Due);
        bus.enumerator.run_late_work();
        return;
    }
    bus.ledger.leave_with_host(*entry, Gpadl::Teardown::Sent);
    if (post_teardown(bus, relid, handle) != Status::Ok)
        return;
    // Rescinded or TimedOut: the answer may still come, and frees it then.
    if (request.wait(kTeardownTimeoutMs) == Status::Ok)
        bus.ledger.torn_down(handle);
}

void post_due_teardowns(Bus& bus) {
    uint32_t relid, handle;
    while (bus.ledger.take_due_teardown(&relid, &handle)) {
        // Failed is counted; the pages then stay until the connection ends.
        if (post_teardown(bus, relid, handle) != Status::Ok)
            return;
    }
}

} // namespace vmbus
