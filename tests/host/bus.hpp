// SPDX-License-Identifier: GPL-2.0-only
// The VMBus server: connection, offers, channels, GPADLs (protocol.md chapter 2).
// It judges the guest as it goes: what breaks the protocol is put on record, in
// violations(), and otherwise ignored, as real hosts do.
#ifndef HOST_BUS_HPP
#define HOST_BUS_HPP

#include "behaviour.hpp"
#include "channel.hpp"
#include "channel_runner.hpp"
#include "gpadl.hpp"
#include "synic.hpp"

#include <memory>
#include <set>

namespace host {

struct BusOptions {
    std::set<uint32_t> versions; // accepted ones; empty: all of protocol.md 2.2
    uint32_t features = 0;       // of 6.0
    uint32_t message_connection_id = 0x1F0003; // given out from 5.0 on
    bool knows_multi_client_port = true;       // false: PostMessage to connection id 4 fails
    uint32_t version_response_bytes = 0;       // 0: as the version demands; QEMU sends 16 with only two bytes set
    unsigned char connection_state = 0;        // in VERSION_RESPONSE
    bool answers_bad_gpadl = true;             // false: silence, as QEMU
    uint32_t first_relid = 1;
    bool new_relids_on_reset = false;          // else a device keeps its relid for ever
    uint64_t message_delay_ns = 0;             // between deciding and delivering
    std::function<uint64_t()> jitter_ns;       // added to that for every message
    uint64_t monitor_poll_ns = 100000;
};

class Bus {
public:
    Bus(Platform& platform, Synic& synic, const BusOptions& options);

    BusOptions options;
    Behaviour behaviour;
    ChannelRunner* runner = nullptr;

    // ---- from the guest ----

    // Both return a hypercall status.
    uint32_t post_message(uint32_t connection_id, uint32_t type, const unsigned char* payload, size_t size);
    uint32_t signal_event(uint32_t connection_id, uint16_t flag);

    // ---- devices, at any time ----

    // Offers it now if the guest asked for offers. relid 0: the next free one; std::length_error: none is free.
    Channel& add_device(std::shared_ptr<Device> device, uint32_t relid = 0);
    Channel& add_subchannel(Channel& primary, uint16_t index, uint32_t relid = 0);
    // Rescinds; the channel is gone when the guest has released the relid.
    void remove_channel(Channel& channel);
    // The same for all channels of a device.
    void remove_device(const Device& device);
    // Rescinds all its channels, and offers it again, under another relid, once the guest has released the primary one.
    void reset_device(const Device& device);
    // Closes everything and forgets it, without a word to the guest: for the end of the guest.
    void remove_all_devices();
    Channel* channel(uint32_t relid);
    Channel* channel_of(const Device& device); // the primary one
    std::vector<Channel*> channels_of(const Device& device);
    std::vector<Channel*> primaries();

    // ---- for hostile scenarios ----

    void send(const void* message, size_t size);
    void send_held();
    void offer_again(Channel& channel);
    void rescind_relid(uint32_t relid);
    // The next posts fail with that hypercall status.
    void fail_posts(uint32_t status, uint32_t times);
    // On: takes messages and signals and does nothing with them, and sends nothing. Off: all that is made up for.
    void stall(bool on);
    bool stalled() const { return stalled_; }

    // ---- what happened ----

    const std::vector<std::string>& violations() const { return violations_; }
    void forget_violations() { violations_.clear(); }
    uint32_t version() const { return version_; } // 0: not connected
    bool offers_requested() const { return offers_requested_; }
    uint32_t message_vp() const { return message_vp_; }
    uint32_t granted_features() const { return features_; }
    // Messages of that type since the start.
    uint64_t received(hyperv::MessageType type) const;
    uint64_t posts() const { return posts_; }
    uint64_t signals() const { return signals_; }
    // Signals that went past signal_event(), straight to the channel's runner.
    void count_signals(uint64_t count) { signals_ += count; }
    uint64_t unknown_signals() const { return unknown_signals_; }
    size_t gpadl_count() const { return gpadls_.size(); }
    const std::vector<uint32_t>& requested_versions() const { return requested_versions_; }
    struct TlConnect {
        hyperv::Guid endpoint, service, silo;
        bool with_silo;
    };
    const std::vector<TlConnect>& tl_connects() const { return tl_connects_; }
    // Sends a message in the place of the host's answer to TL_CONNECT; devices do that.
    std::function<void(const TlConnect&)> on_tl_connect;

private:
    friend class Channel;
    typedef std::vector<unsigned char> Bytes;

    void dispatch(const Bytes& bytes);
    bool allowed(uint32_t type, size_t size);
    void violation(const std::string& text);

    void initiate_contact(const Bytes& bytes);
    void request_offers();
    void gpadl_header(const Bytes& bytes);
    void gpadl_body(const Bytes& bytes);
    void finish_gpadl(uint32_t handle);
    void gpadl_teardown(const Bytes& bytes);
    void open_channel(const Bytes& bytes);
    void close_channel(const Bytes& bytes);
    void relid_released(const Bytes& bytes);
    void modify_channel(const Bytes& bytes);
    void tl_connect(const Bytes& bytes);
    void unload();

    uint32_t free_relid();
    bool attach_rings(Channel& channel, const std::vector<uint64_t>& frames, uint32_t downstream);
    void close(Channel& channel);
    // Every channel closed, nothing said to the guest. Its memory goes to limbo.
    void reset();
    // Once the guest has been told: what is in limbo is its own again.
    Delivered release_limbo();
    void leave_limbo();
    // A message that somebody may have tampered with stands before the guest: whatever it
    // says that the host lets go of, the host does let go of.
    void keep_word(const Bytes& bytes);
    void let_go(uint32_t handle);
    void start_again();
    void hold_page(uint64_t address);
    void send_offer(Channel& channel);
    Outgoing outgoing(const void* message, size_t size, Delivered delivered = nullptr);
    std::vector<Behaviour::Sending> chosen(const Outgoing& message);
    void transmit(Outgoing message);
    void deliver(const Outgoing& message);
    void signal_guest(Channel& channel);
    void wake(Channel& channel);
    void poll_monitors();
    bool take_send_bit(const Channel& from);
    void scan_send_page();

    Platform& platform_;
    Synic& synic_;
    std::map<uint32_t, std::unique_ptr<Channel>> channels_; // by relid
    std::map<uint32_t, std::unique_ptr<Gpadl>> gpadls_;     // by handle
    std::vector<uint64_t> connection_pages_;                // interrupt and monitor pages
    std::vector<std::unique_ptr<Gpadl>> limbo_;
    std::vector<uint64_t> limbo_pages_;
    uint64_t interrupt_page_ = 0;
    uint64_t monitor_page_ = 0; // child to parent
    uint32_t version_ = 0;
    uint32_t features_ = 0;
    uint32_t message_vp_ = 0;
    bool offers_requested_ = false;
    bool polling_ = false;
    bool stalled_ = false;
    std::vector<Bytes> stalled_posts_;
    std::vector<Outgoing> stalled_messages_;
    std::set<uint32_t> refused_early_; // handles
    bool contact_unanswered_ = false, unload_unanswered_ = false;
    uint32_t next_relid_;
    uint32_t contact_vp_ = 0; // of the last INITIATE_CONTACT, accepted or not
    uint64_t line_due_ = 0;        // when the last message in the line is delivered
    uint64_t line_generation_ = 0; // a reset forgets the line
    std::map<uint32_t, uint64_t> received_;
    std::vector<uint32_t> requested_versions_;
    std::vector<TlConnect> tl_connects_;
    std::vector<std::string> violations_;
    std::set<uint32_t> modify_pending_; // relids
    uint32_t fail_status_ = 0, fail_times_ = 0;
    uint64_t posts_ = 0, unknown_signals_ = 0;
    std::atomic<uint64_t> signals_{0};
};

} // namespace host

#endif
