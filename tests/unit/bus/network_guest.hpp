// SPDX-License-Identifier: GPL-2.0-only
// The guest's side of a network adapter, as a test wants it: every field that it sends can be good or bad, and all
// that comes is kept.
#ifndef BUS_NETWORK_GUEST_HPP
#define BUS_NETWORK_GUEST_HPP

#include "host/network/network_device.hpp"
#include "world.hpp"

#include <cstring>
#include <gtest/gtest.h>

#include <lis/ring.hpp>

namespace bus_test {

typedef std::vector<unsigned char> Bytes;

// A message in a section of the receive buffer.
struct NetworkMessage {
    uint64_t transaction_id;
    uint32_t channel_type;
    uint32_t offset; // of the section
    Bytes bytes;

    uint32_t rndis_type() const;
    Bytes frame() const;
    // The value of a per-packet info; false: it is not there.
    bool info(uint32_t type, uint32_t& value) const;
};

class NetworkGuest {
public:
    // Opens the channel; receive_pages and send_pages are of the buffers.
    explicit NetworkGuest(lis_vmbus_channel* channel, uint32_t receive_pages = 32, uint32_t send_pages = 8);
    ~NetworkGuest();
    NetworkGuest(const NetworkGuest&) = delete;
    NetworkGuest& operator=(const NetworkGuest&) = delete;

    // ---- packets ----

    uint64_t send(hyperv::PacketType type, const Bytes& extension, const Bytes& payload, bool completion = true);
    template <typename T>
    uint64_t send(const T& message, bool completion = true) {
        const unsigned char* const bytes = reinterpret_cast<const unsigned char*>(&message);
        return send(hyperv::PacketType::InBand, {}, Bytes(bytes, bytes + sizeof message), completion);
    }
    void complete(uint64_t transaction_id);
    // Takes what has come: completions, frames and control messages, in-band messages. Transfer pages are completed
    // unless keep is set.
    void poll();
    // Of that send; empty: none came.
    Bytes completion_of(uint64_t transaction_id, bool* came = nullptr);
    template <typename Answer, typename T>
    Answer ask(const T& message) {
        Answer answer = {};
        const Bytes bytes = completion_of(send(message));
        EXPECT_GE(bytes.size(), sizeof answer);
        if (bytes.size() >= sizeof answer) memcpy(&answer, bytes.data(), sizeof answer);
        return answer;
    }

    bool keep = false;
    std::vector<NetworkMessage> messages; // in the order of coming
    std::vector<Bytes> in_band;
    std::vector<uint64_t> kept; // transaction ids of packets not completed
    // The next control message or frame; empty bytes: none.
    NetworkMessage next(uint32_t channel_type);

    // ---- steps ----

    hyperv::NvspStatus init(uint32_t version);
    void configure(uint32_t mtu = 1500, uint64_t capabilities = hyperv::kNvspVlan | hyperv::kNvspSriov);
    hyperv::NvspReceiveBufferComplete share_receive(hyperv::NvspReceiveSection* section = nullptr);
    hyperv::NvspSendBufferComplete share_send();
    // All of it, with every frame wanted.
    void start(uint32_t version = hyperv::kNvspVersion61, uint32_t mtu = 1500);
    // A control message, by page ranges. The reply; empty: none.
    Bytes control(const Bytes& message, hyperv::NvspStatus expected = hyperv::NvspStatus::Success);
    Bytes initialize();
    uint32_t query(hyperv::Oid oid, Bytes& answer);
    uint32_t set(hyperv::Oid oid, const Bytes& value);
    uint32_t set_filter(uint32_t filter);
    uint32_t set_offloads(unsigned char checksums, unsigned char lso, unsigned char rsc);

    // ---- frames ----

    static Bytes packet(const Bytes& frame, const Bytes& infos = {});
    static Bytes info(uint32_t type, uint32_t value);
    // RNDIS bytes by page ranges, cut at those sizes; or in a section.
    hyperv::NvspStatus send_ranges(const Bytes& rndis, const std::vector<uint32_t>& cuts = {});
    hyperv::NvspStatus send_section(const Bytes& rndis, uint32_t section = 0, int64_t section_bytes = -1);
    hyperv::NvspStatus status_of(uint64_t transaction_id);
    void put(uint32_t offset, const Bytes& bytes); // into the send buffer
    Bytes extension(const std::vector<uint32_t>& cuts, uint32_t bytes) const;
    void lay(const Bytes& bytes); // into the pages for ranges

    lis_vmbus_channel* channel() { return channel_; }
    uint32_t receive_handle() const { return lis_vmbus_gpadl_handle(receive_); }
    uint32_t send_handle() const { return lis_vmbus_gpadl_handle(send_); }

private:
    void take(const lis::PacketView& packet);

    lis_vmbus_channel* channel_;
    lis_vmbus_gpadl* receive_ = nullptr;
    lis_vmbus_gpadl* send_ = nullptr;
    lis_os_pages* pages_; // for ranges
    lis::RingWriter<lis::OneProducer> writer_;
    lis::RingReader reader_;
    std::map<uint64_t, Bytes> completions_;
    uint64_t next_id_ = 1;
    uint32_t next_request_ = 1;
    size_t read_ = 0; // of messages
};

// A world with that adapter, whose guest has opened it.
void with_network(const host::AdapterOptions& options, std::shared_ptr<host::Backend> backend,
                  const std::function<void(World&, host::NetworkDevice&, NetworkGuest&)>& body);
// The same with the responder.
void with_responder(const host::AdapterOptions& options,
                    const std::function<void(World&, host::NetworkDevice&, NetworkGuest&)>& body);

} // namespace bus_test

#endif
