// SPDX-License-Identifier: GPL-2.0-only
// The simplest device: what the guest writes comes back, as a completion where one
// was asked for, else as an in-band packet.
#ifndef HOST_ECHO_DEVICE_HPP
#define HOST_ECHO_DEVICE_HPP

#include "channel.hpp"
#include "device.hpp"

#include <deque>
#include <map>

namespace host {

class EchoDevice : public Device {
public:
    explicit EchoDevice(const OfferDescription& description) : description_(description) {}

    OfferDescription describe() const override { return description_; }
    uint32_t on_open(Channel& channel) override;
    void on_close(Channel& channel) override;
    void on_signal(Channel& channel) override;
    void count(Counters& counters) const override;

    uint32_t open_status = 0; // what on_open answers
    bool reads = true;        // false: leaves the guest's packets where they are

    uint64_t opened() const { return opened_; }
    uint64_t closed() const { return closed_; }
    uint64_t echoed() const { return echoed_; }
    uint64_t corrupt() const { return corrupt_; }

private:
    void answer(Channel& channel);

    OfferDescription description_;
    std::map<uint32_t, std::deque<Packet>> waiting_; // by relid: for space in the guest's ring
    uint64_t opened_ = 0, closed_ = 0, echoed_ = 0, corrupt_ = 0;
};

} // namespace host

#endif
