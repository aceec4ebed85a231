// SPDX-License-Identifier: GPL-2.0-only
// Which channels there are: takes the host's offers to the device model, and its
// rescinds back out of it (protocol.md 2.4.3, 2.7).
//
// The dispatcher calls offer() and rescind(), which never wait for the host; three
// ordered queues do what may. Primaries are announced in the order of their offers, so that
// device names are stable. Sub-channels have a queue of their own, because a
// primary's probe may wait for them. Withdrawals have theirs, because a probe may
// hang; they also send what the dispatcher may not wait for.
#ifndef VMBUS_ENUMERATOR_HPP
#define VMBUS_ENUMERATOR_HPP

#include <hyperv/vmbus.h>

#include "channel.hpp"
#include "counters.hpp"

namespace vmbus {

class Enumerator {
public:
    explicit Enumerator(Bus& bus);
    ~Enumerator();
    Enumerator(const Enumerator&) = delete;
    Enumerator& operator=(const Enumerator&) = delete;

    LIS_MUST_USE lis::Status init();

    // ---- dispatcher; never wait for the host ----
    void offer(const hyperv::OfferChannel& message);
    void rescind(uint32_t relid);
    void all_offers_delivered() { lis_os_event_set(all_offers_); }
    // An OPEN_CHANNEL_RESULT that nobody waits for; false: nobody ever did.
    bool late_open_result(uint32_t relid, uint32_t open_id, bool accepted);
    // The same for a MODIFY_CHANNEL_RESPONSE.
    bool late_modify_response(uint32_t relid);
    // Some channel has an open to take back. Any context.
    void late_open_is_due() {
        __atomic_store_n(&late_opens_, true, __ATOMIC_RELEASE);
        run_late_work();
    }
    // Something that the dispatcher may not wait for is due. Any context.
    void run_late_work() { lis_os_work_submit(withdraw_work_); }

    // ---- process context ----
    // Ready for offers again, after init() or suspend().
    void begin();
    // False: the host has not said in time that it has offered everything.
    bool wait_for_offers();
    // All that was offered so far is announced.
    void settle();
    // Ignores offers and rescinds from here on, and removes every device.
    void remove_devices();
    // Forgets every channel; the host knows none of them any more.
    void forget_channels();
    // Sleep: sub-channels are forgotten, primaries wait to be offered again.
    void suspend();
    // Waits for that, and withdraws those that do not come back.
    void wait_for_reoffers();
    // Those that did not; also when there is no connection any more.
    void withdraw_missing();

    uint32_t next_open_id() { return __atomic_add_fetch(&open_ids_, 1u, __ATOMIC_RELAXED); }

    // ---- on behalf of a channel ----
    void close_subchannels(Channel& primary);
    void hand_over_subchannels(Channel& primary);
    void take_back_subchannels(Channel& primary);
    void closed_after_rescind(Channel& channel);

private:
    Channel* make_channel(const lis_vmbus_offer& offer, Channel* primary);
    void adopt(Channel& old, const lis_vmbus_offer& offer);
    void refuse(uint32_t relid, Counter reason);

    void announce_all();
    Channel* take_announceable();
    void announce(Channel& primary);
    void announce_subchannels();
    void settle_presence(Channel& channel, bool present);
    bool list_next_subchannel();

    // With stopped_ set: what was offered and rescinded so far is through.
    void drain();
    uint32_t waiting_to_be_announced();
    void withdraw_all();
    Channel* take_withdrawable();
    void tell_those_in_probe();
    void withdraw(Channel& channel);
    bool retire(Channel& primary);
    void unlist(Channel& subchannel);
    bool leaves_later(Channel& subchannel);
    void finish(Channel& channel);
    void finish_late_opens();
    void release_relids();
    void post_relid_released(uint32_t relid);
    void drop_reference(Channel& channel);

    // With the list lock held.
    Channel* find_primary(const lis_vmbus_offer& offer);
    bool has_elder(const Channel& channel);

    // The first channel that condition is true for, with a reference; condition runs
    // with the list lock held and may mark what it chooses.
    template <typename Condition>
    Channel* find_and_get(Condition condition) {
        lis::MutexGuard guard(list_lock_);
        for (Channel& channel : channels_) {
            if (!condition(channel))
                continue;
            channel.get();
            return &channel;
        }
        return nullptr;
    }

    static void run_announce(void* self) { static_cast<Enumerator*>(self)->announce_all(); }
    static void run_subchannels(void* self) { static_cast<Enumerator*>(self)->announce_subchannels(); }
    static void run_withdraw(void* self) { static_cast<Enumerator*>(self)->withdraw_all(); }

    Bus& bus_;
    lis::Mutex directories_lock_; // guards in_sysfs
    lis::Mutex list_lock_; // guards the next six
    lis::List<Channel, OnBus> channels_;
    lis::List<Channel, ToAnnounce> to_announce_;
    lis::List<Channel, ToWithdraw> to_withdraw_;
    uint32_t relids_to_release_[hyperv::kChannelLimit / 32];
    bool stopped_;
    uint32_t awaited_; // primaries that are to be offered again

    bool late_opens_;
    uint32_t open_ids_;
    lis_os_event* all_offers_;
    lis_os_event* all_reoffered_;
    lis_os_queue* announce_queue_;
    lis_os_queue* subchannel_queue_;
    lis_os_queue* withdraw_queue_;
    lis_os_work* announce_work_;
    lis_os_work* subchannel_work_;
    lis_os_work* withdraw_work_;
};

} // namespace vmbus

#endif
