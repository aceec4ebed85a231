// SPDX-License-Identifier: GPL-2.0-only
// A channel: what the host offered, its rings while it is open, and how both sides
// tell each other of news.
//
// Life: the enumerator creates it for an OFFER and holds the first reference until
// the relid is released. Opening and closing are serialised by control_; the interrupt
// path looks only at what begin_events() published, and end_events() returns when
// no interrupt uses it any more.
#ifndef VMBUS_CHANNEL_HPP
#define VMBUS_CHANNEL_HPP

#include <lis/list.hpp>
#include <lis/lock.hpp>
#include <lis/vmbus.h>

#include "channel_state.hpp"
#include "ledger.hpp"

struct lis_vmbus_channel {};

namespace vmbus {

struct Bus;
class Channel;

// Tags of the lists that a channel can be on.
struct OnBus;
struct ToAnnounce;
struct ToWithdraw;

// How far the channel has got towards the device model; guarded by the list lock.
enum class Presence : uint8_t {
    Queued,     // waits for its turn
    Announcing, // its device is being registered, or it is handed to its driver
    Present,
    Absent,     // the kernel did not take it, or has let go of it
    Leaving,    // a rescinded sub-channel that its driver has not closed yet
};

class Channel : public lis_vmbus_channel,
                public lis::ListLink<OnBus>,
                public lis::ListLink<ToAnnounce>,
                public lis::ListLink<ToWithdraw> {
public:
    Channel();
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    // primary: nullptr for a primary itself; a reference to it is taken.
    LIS_MUST_USE lis::Status init(Bus* bus, const lis_vmbus_offer& offer, Channel* primary);

    void get();
    void put(); // process context: the last one frees it

    bool is_primary() const { return primary_ == nullptr; }
    Channel* primary() const { return primary_; }
    const lis_vmbus_offer& offer() const { return offer_; }
    uint32_t relid() const { return offer_.relid; }
    const lis_guid& device() const { return offer_.instance; }

    bool rescinded() const { return __atomic_load_n(&rescinded_, __ATOMIC_ACQUIRE); }
    // true: it was not before.
    bool mark_rescinded() { return !__atomic_exchange_n(&rescinded_, true, __ATOMIC_ACQ_REL); }
    // After a resume the host knows it by other numbers; it is closed.
    void take_new_offer(const lis_vmbus_offer& offer);

    // ---- opening (channel_open.cpp) ----
    LIS_MUST_USE lis::Status open(const lis_vmbus_open& how);
    void close();
    LIS_MUST_USE lis::Status set_cpu(uint32_t cpu);
    uint32_t cpu() const { return __atomic_load_n(&cpu_, __ATOMIC_RELAXED); }
    // Where it was placed at its offer.
    uint32_t assigned_cpu() const { return assigned_cpu_; }
    void assign_cpu_at_offer(uint32_t cpu) {
        assigned_cpu_ = cpu;
        assign_cpu(cpu);
    }
    void assign_cpu(uint32_t cpu) { __atomic_store_n(&cpu_, cpu, __ATOMIC_RELAXED); }
    ChannelState state();
    bool is_open() { return state() == ChannelState::Open; }
    // Opening, Open or Closing: close() has something to do or to wait for.
    bool is_in_use();
    // Dispatcher: an OPEN_CHANNEL_RESULT that nobody waits for any more. true: it was
    // awaited once, and finish_late_open() is due, or will be when open() gives up.
    bool late_open_result(uint32_t open_id, bool accepted);
    bool late_open_is_due();
    // CLOSE if the host has opened it after all, and asks for the rings.
    void finish_late_open();
    // Dispatcher: a MODIFY_CHANNEL_RESPONSE that nobody waits for. false: none was due.
    bool late_modify_response() { return __atomic_exchange_n(&modify_unanswered_, false, __ATOMIC_ACQ_REL); }
    // Process context, once, after a rescind.
    void tell_rescinded();
    void wait_for_rescind_callback();

    // ---- interrupts and signals (channel_event.cpp) ----
    void on_interrupt(); // hard interrupt
    void signal();       // any context
    void set_low_latency(bool on) { __atomic_store_n(&low_latency_, on, __ATOMIC_RELAXED); }
    void drop(uint32_t reason); // any context
    uint64_t drops(uint32_t reason) const { return __atomic_load_n(&drops_[reason], __ATOMIC_RELAXED); }

    const lis_vmbus_ring* send_ring() const { return &send_ring_; }
    const lis_vmbus_ring* receive_ring() const { return &receive_ring_; }
    void read_status(struct vmbus_core_channel_status* status);

    // ---- sub-channels of a primary (enumerator.cpp) ----
    typedef void (*SubchannelHandler)(void* context, struct lis_vmbus_channel* subchannel);
    void set_subchannel_handler(SubchannelHandler handler, void* context);
    // Hands it over unless it has been already; false: no handler.
    bool hand_over(Channel& subchannel);
    // Waits for a running on_subchannel call.
    void wait_for_handler() { lis::MutexGuard guard(handler_lock_); }

    // ---- the enumerator's ----
    Presence presence;
    bool reoffer_awaited;         // suspended, and not offered again yet
    bool handed_over;             // a sub-channel that its primary's driver has
    bool in_sysfs;                // a sub-channel that has its directory
    bool told_early;              // of its rescind, while its driver's probe runs

    void* shim;

private:
    LIS_MUST_USE lis::Status open_checked(const lis_vmbus_open& how);
    LIS_MUST_USE lis::Status share_rings(const lis_vmbus_open& how);
    LIS_MUST_USE lis::Status map_rings(const lis_vmbus_open& how);
    LIS_MUST_USE lis::Status request_open(const lis_vmbus_open& how);
    LIS_MUST_USE lis::Status begin_events(const lis_vmbus_open& how);
    void end_events();
    void unmap_rings();
    void give_up_open(lis::Status why);
    void close_locked();
    void finish_late_locked();
    LIS_MUST_USE bool post_close();
    void forget_stray_cpu();
    bool change_state(ChannelEvent event);
    void abandon_open();
    void settle_cpu(uint32_t wanted);
    static void run_softirq(void* context);

    Bus* bus_;
    Channel* primary_;
    lis_vmbus_offer offer_;
    uint32_t references_;
    bool rescinded_;
    bool rescind_told_;
    bool low_latency_;
    lis::Mutex control_;          // open, close, modify
    lis::Mutex rescind_lock_;     // held over on_rescind
    lis::Mutex rings_lock_;       // whether the rings are mapped, for those who only look
    lis::Spinlock state_lock_;    // state_, open_id_, late_answer_
    ChannelState state_;
    uint32_t open_id_;
    enum class LateAnswer : uint8_t { None, Accepted, Refused };
    LateAnswer late_answer_;      // that came between the time-out and Abandoned
    uint32_t assigned_cpu_;
    uint32_t cpu_;                // that takes the interrupt
    uint32_t stray_cpu_;          // bound too since a MODIFY without answer, or CPU_ANY
    bool modify_unanswered_;

    Gpadl* rings_;                // from Opening to Closing
    uint32_t ring_handle_;        // of the rings that an abandoned open has left, or 0
    lis_vmbus_ring send_ring_;
    lis_vmbus_ring receive_ring_;
    lis_vmbus_ring_counters send_counters_;
    lis_vmbus_ring_counters receive_counters_;

    bool events_on_;              // publishes the next five to the interrupt
    uint32_t dispatch_;
    void (*on_event_)(void* context);
    void (*on_rescind_)(void* context);
    void* context_;
    lis_os_softirq* softirq_;

    lis::Mutex handler_lock_;     // one on_subchannel call at a time
    SubchannelHandler handler_;
    void* handler_context_;

    unsigned long interrupts_;
    unsigned long events_;
    unsigned long drops_[LIS_VMBUS_DROP_COUNT];
};

inline Channel* from_handle(struct lis_vmbus_channel* handle) {
    return static_cast<Channel*>(handle);
}
inline const Channel* from_handle(const struct lis_vmbus_channel* handle) {
    return static_cast<const Channel*>(handle);
}

} // namespace vmbus

#endif
