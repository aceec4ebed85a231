// SPDX-License-Identifier: GPL-2.0-only
// An adapter: its channels from the first to the last, and what is asked of the host beside
// frames.
//
// settle() opens sub-channels that were offered and tells the host to use them. It runs as a
// work item, under life_, which says whether the adapter is open and what queues there are.
// Who asks holds asking_, and stop() both, in this order: so nobody asks by way of what is gone.
#ifndef NETVSC_ADAPTER_HPP
#define NETVSC_ADAPTER_HPP

#include <hyperv/ndis.h>
#include <lis/answer_slot.hpp>
#include <lis/pinned.hpp>

#include "queue.hpp"

namespace netvsc_core {

// An answer to an NVSP message, or to an RNDIS one, as far as it is of interest.
struct NvspAnswer {
    uint32_t bytes;
    unsigned char message[64] __attribute__((aligned(8)));
};
struct RndisAnswer {
    uint32_t type; // hyperv::RndisType, without kRndisCompletion
    uint32_t bytes;
    unsigned char message[512] __attribute__((aligned(8))); // from the RNDIS header on
};

} // namespace netvsc_core

struct netvsc {
public:
    netvsc();
    ~netvsc();
    netvsc(const netvsc&) = delete;
    netvsc& operator=(const netvsc&) = delete;

    LIS_MUST_USE lis::Status init(lis_vmbus_channel* channel, void* context);
    LIS_MUST_USE int32_t start(const netvsc_options& options);
    void stop();
    const netvsc_info& info() const { return info_; }
    void read_state(netvsc_state* state) const;
    void read_counters(uint32_t queue, netvsc_counters* counters) const { *counters = counters_[queue]; }

    // nullptr: no such queue is open.
    netvsc_core::Queue* queue(uint32_t number) const {
        return number < NETVSC_QUEUE_LIMIT ? lis::atomic_load(&queues_[number], __ATOMIC_ACQUIRE) : nullptr;
    }
    uint32_t queue_of(uint32_t hash) const;

    // ---- rndis_control.cpp, offloads.cpp, spreading.cpp ----
    LIS_MUST_USE lis::Status set_filter(uint32_t filter);
    LIS_MUST_USE lis::Status set_mac(const uint8_t* mac);
    LIS_MUST_USE lis::Status set_coalesce(bool on);
    LIS_MUST_USE lis::Status set_spreading(const netvsc_spreading& spreading);
    void read_spreading(netvsc_spreading* spreading);
    LIS_MUST_USE lis::Status switch_path(bool to_vf);

    // ---- the queues' ----
    void on_completion(uint64_t id, lis::Span message);
    void on_message(lis::Span message);
    void on_control(const unsigned char* message, uint32_t bytes, const hyperv::RndisHeader& header);
    void on_trouble();
    void on_sections_free();
    void on_waiting();

private:
    typedef netvsc_core::Queue Queue;

    // ---- adapter.cpp ----
    static void on_subchannel(void* self, lis_vmbus_channel* subchannel);
    static void on_settle(void* self) { static_cast<netvsc*>(self)->settle(); }
    static void on_nudge(void* self) { static_cast<netvsc*>(self)->nudge(); }
    void settle();
    void open_newcomers();
    LIS_MUST_USE bool open_subchannel(lis_vmbus_channel* channel);
    lis_vmbus_channel* take_newcomer(); // nullptr: none
    void drop_newcomers();
    void nudge();
    LIS_MUST_USE int32_t open_primary();
    void close_all();
    void drop_queues();
    void say_goodbye();
    void deliver_outstanding();
    void forget_state();
    bool is_lost() const { return lis_vmbus_channel_rescinded(channel_) != 0; }

    // ---- negotiation.cpp ----
    LIS_MUST_USE int32_t negotiate();
    LIS_MUST_USE lis::Status query_version();
    LIS_MUST_USE lis::Status send_ndis_config();
    LIS_MUST_USE int32_t share_receive_buffer();
    LIS_MUST_USE int32_t share_send_buffer();
    LIS_MUST_USE lis::Status announce_receive_buffer();
    LIS_MUST_USE lis::Status announce_send_buffer();
    void revoke_buffers();
    void release_buffers();
    void request_subchannels();
    static const uint32_t kSendMs = 1000; // at least
    static const uint32_t kControlTag = 1; // of the ids of RNDIS control messages, above 32 bits; no section has it
    // message: its answer afterwards, `least` bytes of it, which it has room for; of any type when that is 0.
    LIS_MUST_USE lis::Status ask(void* message, uint32_t bytes, hyperv::NvspType answer, uint32_t least,
                                 uint32_t timeout_ms);
    LIS_MUST_USE lis::Status why_no_answer();
    // send(Queue&), pinned; again while frames fill the ring, as long as an answer would be waited for. TimedOut.
    template <typename Send>
    LIS_MUST_USE lis::Status send_patiently(Send send) {
        for (uint32_t waited = 0; waited < kSendMs; waited++) {
            {
                const lis::Pinned pinned;
                Queue* const primary = queue(0);
                const lis::Status status = primary == nullptr ? lis::Status::Rescinded : send(*primary);
                if (status != lis::Status::WouldBlock)
                    return status;
            }
            LIS_TRY(why_no_answer());
            lis_os_sleep_ms(1);
        }
        return lis::Status::TimedOut;
    }
    LIS_MUST_USE lis::Status tell(const void* message, uint32_t bytes);
    void take_send_table(lis::Span message);

    // ---- rndis_control.cpp ----
    LIS_MUST_USE lis::Status ask_rndis(hyperv::RndisType type, unsigned char* request, uint32_t bytes, uint32_t more,
                                       uint32_t answer_least);
    LIS_MUST_USE lis::Status send_control(uint64_t id, uint32_t bytes);
    LIS_MUST_USE lis::Status initialize_rndis();
    void halt_rndis();
    LIS_MUST_USE lis::Status query(hyperv::Oid oid, const void* input, uint32_t input_bytes, void* value, uint32_t bytes,
                                   uint32_t* got);
    LIS_MUST_USE lis::Status query_word(hyperv::Oid oid, uint32_t* value);
    LIS_MUST_USE lis::Status set(hyperv::Oid oid, const void* value, uint32_t bytes);
    LIS_MUST_USE lis::Status set_locked(hyperv::Oid oid, const void* value, uint32_t bytes);
    LIS_MUST_USE lis::Status query_adapter();
    void take_indication(const unsigned char* message, uint32_t bytes, const hyperv::RndisHeader& header);

    // ---- offloads.cpp ----
    LIS_MUST_USE lis::Status negotiate_offloads();
    LIS_MUST_USE lis::Status send_offloads();

    // ---- spreading.cpp ----
    LIS_MUST_USE lis::Status query_spreading();
    LIS_MUST_USE lis::Status spread_over_locked(uint32_t queues);
    LIS_MUST_USE lis::Status send_spreading_locked();
    void spread_over(uint32_t queues);

    lis_vmbus_channel* channel_;
    void* context_;
    netvsc_options options_;
    netvsc_info info_;
    lis_os_queue* worker_;
    lis_os_work* settle_work_;
    lis_os_work* late_work_; // settle(), when no more offers are to be expected
    lis_os_work* nudge_work_;

    lis::Mutex life_; // whether it is open, and which queues there are
    bool open_;
    Queue* queues_[NETVSC_QUEUE_LIMIT];
    netvsc_counters counters_[NETVSC_QUEUE_LIMIT];
    netvsc_core::SharedBuffer receive_buffer_;
    netvsc_core::SharedBuffer send_buffer_;
    netvsc_core::Buffers buffers_;
    uint32_t waiting_; // 1: a queue may wait for sections or room

    lis::Spinlock newcomers_lock_;
    lis_vmbus_channel* newcomers_[NETVSC_QUEUE_LIMIT]; // a reference each
    uint32_t newcomer_count_;
    uint32_t granted_;    // sub-channels that the host has promised
    uint64_t offers_end_; // when those that were not offered will not be

    lis::Mutex asking_; // one question at a time, and what is said by them
    lis::AnswerSlot<netvsc_core::NvspAnswer> nvsp_answer_;
    lis::AnswerSlot<netvsc_core::RndisAnswer> rndis_answer_;
    netvsc_spreading spreading_;
    bool spreading_is_asked_for_; // by somebody, who may want fewer queues than there are
    bool spreading_is_on_;
    uint32_t offered_; // by the host, of enum netvsc_offload
    bool coalesce_;    // is wanted

    // ---- what the host changes ----
    static const uint32_t kLinkUnknown = 2; // nobody has said yet
    uint32_t link_up_;
    uint32_t network_changes_;
    uint32_t speed_mbit_;
    uint32_t open_queues_; // that frames may use
    uint32_t vf_allocated_;
    uint32_t vf_serial_;
    uint32_t path_is_vf_;
    uint32_t broken_;
    uint16_t send_table_[NETVSC_SEND_ENTRIES];
};

#endif
