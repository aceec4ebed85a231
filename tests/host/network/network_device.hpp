// SPDX-License-Identifier: GPL-2.0-only
// The synthetic network adapter, netvsp (protocol.md 6): NVSP on its channels, RNDIS in
// NVSP, frames in RNDIS. A back-end is at the other end of its cable.
//
// Each channel may run on a thread of its own, and the back-end may deliver on another:
// session_mutex_ is shared by all that move frames, and held alone by what changes the session.
#ifndef HOST_NETWORK_NETWORK_DEVICE_HPP
#define HOST_NETWORK_NETWORK_DEVICE_HPP

#include "backend.hpp"
#include "pcap.hpp"
#include "receive_buffer.hpp"
#include "rndis_control.hpp"
#include "rndis_packet.hpp"

#include <host/bus.hpp>
#include <host/gpa_ranges.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <shared_mutex>

namespace host {

class NetworkDevice : public Device, public Port, public std::enable_shared_from_this<NetworkDevice> {
public:
    // pcap may be null: nothing is recorded.
    NetworkDevice(Platform& platform, Bus& bus, const hyperv::Guid& instance, const AdapterOptions& options,
                  std::shared_ptr<Backend> backend, std::unique_ptr<PcapWriter> pcap = nullptr);
    ~NetworkDevice() override;

    OfferDescription describe() const override;
    uint32_t on_open(Channel& channel) override;
    void on_close(Channel& channel) override;
    void on_signal(Channel& channel) override;
    void on_other_host(Channel& channel) override;
    bool serves_channels_at_once() const override { return true; }
    void count(Counters& counters) const override;

    void deliver(const std::function<void(Inlet&)>& action) override;

    // ---- what the host does to its guest ----

    void set_link(bool up);
    void set_link_speed(uint64_t bits);
    // Tells the guest that the network is another one.
    void change_network();
    // A virtual function of that serial number takes over, or goes. False: this guest cannot have one.
    bool set_vf(bool allocated, uint32_t serial);

    // ---- to look at, while nothing else runs ----

    const Adapter& adapter() const { return adapter_; }
    Backend& backend() { return *backend_; }
    uint32_t free_sections() const { return receive_.free_count(); }
    // What the guest did wrong the last time.
    const std::string& last_fault() const { return last_fault_; }

private:
    class Delivery;
    typedef std::shared_lock<std::shared_mutex> Shared;

    struct Waiting {
        uint16_t type, flags;
        uint64_t transaction_id;
        Bytes payload;
    };
    struct Queue {
        Channel* channel = nullptr; // while open
        // Of the channel's own thread.
        GuestBuffer ranges;
        std::vector<iovec> pieces;
        Frame frame, segment;
        // The guest's ring, and what is meant for it.
        std::mutex outgoing;
        std::deque<Waiting> waiting; // for space
        std::vector<hyperv::TransferPageRange> batch;
        uint32_t chain = ReceiveBuffer::kNone; // the batch's sections
        Bytes extension, payload;
    };

    // network_device.cpp
    Queue& queue_of(const Channel& channel) { return *queues_[channel.subchannel_index()]; }
    void fault(const char* what);
    void take(Queue& queue, Packet& packet, Shared& lock, Delivery& delivery);
    void alone(Shared& lock, Delivery& delivery, const std::function<void()>& action);
    void end_session();
    void remove_subchannels();

    // network_control.cpp
    void obey(Queue& queue, const Packet& packet);
    void init(Queue& queue, const Packet& packet);
    void take_ndis_config(const Packet& packet);
    void take_receive_buffer(Queue& queue, const Packet& packet);
    void take_send_buffer(Queue& queue, const Packet& packet);
    void revoke(const Packet& packet, bool receive);
    void grant_subchannels(Queue& queue, const Packet& packet);
    void query(Queue& queue, const Packet& packet);
    void answer(Queue& queue, const Packet& packet, const void* message, size_t size, const Bytes& behind = {});
    void obey_rndis(Queue& queue, const Packet& packet, const Bytes& message);
    void send_indirection_table();
    void send_vf_association();
    void tell(Bytes control);

    // network_transmit.cpp
    void take_rndis(Queue& queue, const Packet& packet, Shared& lock, Delivery& delivery);
    const char* gather(Queue& queue, const Packet& packet, const hyperv::NvspRndisPacket& header, size_t& first_run);
    const char* transmit_all(Queue& queue, size_t first_run, Delivery& delivery);
    void transmit(Queue& queue, Frame& frame, Delivery& delivery);
    void complete(Queue& queue, const Packet& packet, hyperv::NvspStatus status);
    // Writes now, or when there is space.
    void write(Queue& queue, uint16_t type, uint16_t flags, uint64_t transaction_id, const Bytes& payload);
    void write_locked(Queue& queue, uint16_t type, uint16_t flags, uint64_t transaction_id, const Bytes& payload);
    // False: some still waits.
    bool send_waiting(Queue& queue);
    bool send_waiting_locked(Queue& queue);

    // network_receive.cpp
    bool receive(Frame& frame, Delivery& delivery);
    bool receive_one(Frame& frame, Delivery& delivery);
    bool receive_parts(Frame& frame, Delivery& delivery);
    bool ready_for(const Frame& frame);
    void describe_packet(const Frame& frame, PacketHeader& header, uint32_t& queue);
    void put(const PacketHeader& header, const Frame& frame, size_t offset, size_t bytes, uint32_t section);
    void add_to_batch(Queue& queue, uint32_t chain, const hyperv::TransferPageRange* ranges, size_t count);
    void flush(Queue& queue);
    void flush_locked(Queue& queue);
    bool send_ranges(Queue& queue, uint32_t channel_type);
    void send_controls();

    Platform& platform_;
    Bus& bus_;
    hyperv::Guid instance_;
    std::shared_ptr<Backend> backend_;
    std::unique_ptr<PcapWriter> pcap_;
    mutable std::shared_mutex session_mutex_;
    Adapter adapter_;
    uint64_t session_number_ = 0; // what was put off for later belongs to one session
    std::vector<std::unique_ptr<Queue>> queues_; // by sub-channel index
    ReceiveBuffer receive_;
    SharedBuffer send_;
    bool vf_ = false;
    uint32_t vf_serial_ = 0;
    std::mutex controls_mutex_;
    std::deque<Bytes> controls_; // for the guest, until there is a section for them
    std::mutex fault_mutex_;
    std::string last_fault_;
    uint64_t faults_told_ = 0;
};

// Frames for the guest, until it ends; then the guest is told of them. The session is shared meanwhile.
class NetworkDevice::Delivery : public Inlet {
public:
    explicit Delivery(NetworkDevice& device) : device_(device) {}
    ~Delivery() override { flush(); }
    bool receive(Frame& frame) override { return device_.receive(frame, *this); }
    void touch(uint32_t queue) { touched_ |= uint64_t{1} << queue; }
    void flush();

    Frame segment;

private:
    NetworkDevice& device_;
    uint64_t touched_ = 0;
};

} // namespace host

#endif
