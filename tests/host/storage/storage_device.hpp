// SPDX-License-Identifier: GPL-2.0-only
// The storage controller (protocol.md chapter 5): SCSI, IDE or Fibre Channel by the class
// that it is offered as. Channels are served at the same time; a request is executed on
// the thread of its channel, and its data moves between the guest's pages and the backend
// without a stop. Nothing is allocated for a request that is answered at once.
#ifndef HOST_STORAGE_STORAGE_DEVICE_HPP
#define HOST_STORAGE_STORAGE_DEVICE_HPP

#include "../bus.hpp"
#include "scsi_bus.hpp"
#include "storage_session.hpp"

namespace host {

enum class StorageKind { Scsi, Ide, FibreChannel };

struct StorageOptions {
    StorageKind kind = StorageKind::Scsi;
    hyperv::Guid instance = {};
    uint16_t channels = 1;         // the primary one and its sub-channels
    uint32_t max_transfer_bytes = 0x40000;
    std::set<uint16_t> versions;   // accepted ones; empty: all of protocol.md 5.1
    uint8_t ide_path = 0, ide_target = 0;
    uint64_t fibre_port = 0xC003FF0000000000, fibre_node = 0xC003FF000000FFFF;
};

// Must be owned by a shared_ptr. Everything but on_signal() comes with the model locked.
class StorageDevice : public Device, public std::enable_shared_from_this<StorageDevice> {
public:
    StorageDevice(Platform& platform, Bus& bus, const StorageOptions& options);

    // Units come and go at any time; a guest that is there is told. False: the address is taken, or empty.
    bool add_unit(const ScsiAddress& address, std::shared_ptr<LogicalUnit> unit);
    bool remove_unit(const ScsiAddress& address);
    // Sub-channels are rescinded, the last one first, or offered, until there are so many channels. False: the guest
    // has not started the device, or its version has one channel, or that is more than the options allow.
    bool set_channels(uint16_t channels);
    const ScsiBus& units() const { return units_; }
    // A unit's behaviour has changed: what it kept for ever is executed if it answers now.
    void behaviour_changed(const LogicalUnit& unit);
    bool ready() const { return state_.load(std::memory_order_acquire) == State::Ready; }
    uint16_t version() const { return version_; } // 0: none yet
    const StorageOptions& options() const { return options_; }
    // Where this kind of controller has the unit of that number.
    ScsiAddress address_of(uint8_t lun) const;

    // Device
    OfferDescription describe() const override;
    uint32_t on_open(Channel& channel) override;
    void on_close(Channel& channel) override;
    void on_signal(Channel& channel) override;
    bool serves_channels_at_once() const override { return true; }
    void count(Counters& counters) const override;

private:
    enum class State : uint8_t {
        Closed,     // nothing was said yet
        Begun,      // BEGIN_INITIALIZATION
        Versioned,  // a version was accepted
        Properties, // QUERY_PROPERTIES was answered
        Ready,      // END_INITIALIZATION
    };

    // ---- storage_device.cpp: the channel's life ----
    void receive(StorageSession& session, const Packet& packet);
    // Everything but SRBs and resets. Returns the status; the answer is put into the packet.
    uint32_t negotiate(const StorageSession& session, hyperv::StoragePacket& packet);
    uint32_t query_version(hyperv::StorageVersion& version);
    void query_properties(hyperv::StorageProperties& properties) const;
    void fibre_channel_names(hyperv::FibreChannelNames& names) const;
    uint32_t create_subchannels(uint16_t count);
    void offer_subchannels(uint16_t count);
    void remove_subchannels(const std::vector<uint32_t>& relids);
    bool multi_channel() const { return version_ >= hyperv::kStorageVersion5_1; }

    // ---- storage_requests.cpp: SRBs ----
    // Pending: go on. Anything else is the answer to a packet that contradicts itself.
    hyperv::SrbStatus judge(StorageRequest& request, const Packet& packet);
    void execute(StorageSession& session, StorageRequest& request, bool may_hold);
    void finish(StorageSession& session, StorageRequest& request, hyperv::SrbStatus status);
    bool hold(StorageSession& session, const LogicalUnit& unit, StorageRequest& request);
    void resume(StorageSession& session, uint64_t held);
    void finish_reset(uint32_t relid, const StorageRequest& reset);
    ScsiAddress address(const hyperv::Srb& srb) const;

    StorageSession* session(uint32_t relid) const;
    void announce_change();
    // Runs later, with the model locked and this device still alive.
    void later(uint64_t ns, std::function<void(StorageDevice&)> action);

    Platform& platform_;
    Bus& bus_;
    const StorageOptions options_;
    ScsiBus units_;
    std::map<uint32_t, std::unique_ptr<StorageSession>> sessions_; // by relid
    std::atomic<State> state_{State::Closed};
    uint16_t version_ = 0;
    std::vector<uint32_t> subchannels_; // relids, by index - 1
    std::atomic<uint64_t> next_held_{1};
    StorageCounts finished_; // of sessions that are gone
};

} // namespace host

#endif
