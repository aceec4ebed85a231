// SPDX-License-Identifier: GPL-2.0-only
// One offered channel as the host sees it (protocol.md 2.6).
#ifndef HOST_CHANNEL_HPP
#define HOST_CHANNEL_HPP

#include "device.hpp"
#include "ring.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>

namespace host {

class Bus;

enum class ChannelState {
    Hidden,  // not offered in this connection yet
    Offered,
    Open,
    Revoked, // rescinded; lives until the guest has released the relid
};

class Channel {
public:
    Channel(Bus& bus, std::shared_ptr<Device> device, uint32_t relid, uint16_t subchannel_index)
        : bus_(bus), device_(std::move(device)), relid_(relid), subchannel_index_(subchannel_index) {}

    Device& device() { return *device_; }
    std::shared_ptr<Device> shared_device() { return device_; }
    uint32_t relid() const { return relid_; }
    uint16_t subchannel_index() const { return subchannel_index_; }
    uint32_t connection_id() const;
    ChannelState state() const { return state_; }
    bool is_open() const { return state_ == ChannelState::Open; }
    uint32_t target_vp() const { return target_vp_; }
    const std::vector<unsigned char>& open_data() const { return open_data_; }
    uint64_t signals_from_guest() const { return signals_; } // several may come as one wake-up
    uint64_t wakeups() const { return wakeups_; }
    uint64_t interrupts() const { return interrupts_; } // given to the guest

    // ---- for devices, while open ----

    RingResult read(Packet& packet) { return incoming_.read(packet); }
    // Takes what the guest has written, packet after packet, with the guest's signals masked meanwhile. A false of
    // `take` stops behind that packet. Done: stopped; Empty: all taken, signals are on again; Corrupt: the ring is
    // broken. After very many packets it leaves the rest to the next on_signal(), which is due at once.
    RingResult drain(const std::function<bool(Packet&)>& take);
    // After reads: gives the space back, and signals a guest that waits for it.
    void commit_reads();
    // Writes and signals if that is due.
    RingResult write(uint16_t type, uint16_t flags, uint64_t transaction_id, const std::vector<unsigned char>& payload,
                     const std::vector<unsigned char>& extension = {});
    IncomingRing& incoming() { return incoming_; }
    OutgoingRing& outgoing() { return outgoing_; }
    void signal_guest();
    // Pages that the guest shared under that handle on this channel; null: no such GPADL.
    const std::vector<uint64_t>* gpadl(uint32_t handle) const;

    // ---- for who runs channels ----

    // Lets the device serve this open channel; signals: how often the guest has signalled since the last time.
    // True: there is more to do, at once.
    bool serve(uint64_t signals);

private:
    friend class Bus;

    RingResult drain(const std::function<bool(Packet&)>& take, Packet& packet);

    Bus& bus_;
    std::shared_ptr<Device> device_;
    uint32_t relid_;
    uint16_t subchannel_index_;
    ChannelState state_ = ChannelState::Hidden;
    uint32_t target_vp_ = 0;
    uint32_t ring_gpadl_ = 0;
    std::vector<unsigned char> open_data_;
    bool comes_back_ = false; // revoked, but its device is offered again when the guest has released it
    // In a stall; both become due when it ends.
    std::atomic<bool> serving_put_off_{false}, interrupt_put_off_{false};
    bool more_ = false; // drain() has left something
    Packet packet_;     // of drain(); kept, so that a packet costs no allocation
    std::atomic<uint64_t> signals_{0}, wakeups_{0};
    std::atomic<uint64_t> interrupts_{0};
    IncomingRing incoming_;
    OutgoingRing outgoing_;
};

} // namespace host

#endif
