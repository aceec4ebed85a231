// SPDX-License-Identifier: GPL-2.0-only
// What keyboard and mouse have in common: one channel, short messages both ways. What
// finds no room in the guest's ring waits for it, up to a limit.
#ifndef HOST_INPUT_INPUT_DEVICE_HPP
#define HOST_INPUT_INPUT_DEVICE_HPP

#include "host/channel.hpp"
#include "host/device.hpp"

#include <deque>
#include <functional>

namespace host {

class InputDevice : public Device {
public:
    typedef std::vector<unsigned char> Bytes;

    uint32_t on_open(Channel& channel) override;
    void on_close(Channel& channel) override;
    void on_signal(Channel& channel) override;
    void count(Counters& counters) const override;

    // The guest has been through the handshake: what is typed or moved reaches it.
    bool ready() const { return ready_; }
    uint64_t received() const { return received_; } // the guest's messages
    uint64_t bad() const { return bad_; }           // of those, against the protocol
    uint64_t sent() const { return sent_; }
    uint64_t lost() const { return lost_; } // meant for the guest, which was not ready or does not read

    // ---- for hostile and failing scenarios ----

    uint32_t open_status = 0; // what on_open answers
    bool reads = true;        // false: leaves the guest's packets where they are
    bool answers = true;      // false: no message to the guest
    bool accepts = true;      // false: says no to the protocol request
    bool completes = true;    // false: owes completions for ever
    // The last word on each message; an empty one is not sent.
    std::function<void(Bytes& message)> edit;
    // Any packet at all; false: no channel, or no room.
    bool send_packet(uint16_t type, uint64_t transaction_id, const Bytes& payload);

protected:
    // The guest's message, padded; false: it breaks the protocol.
    virtual bool take(const Bytes& payload) = 0;
    void send(const void* message, size_t size);
    // An event of the user's: lost unless the guest is ready.
    void send_event(const void* message, size_t size);
    void set_ready(bool ready) { ready_ = ready; }

private:
    void flush();

    Channel* channel_ = nullptr; // while open
    bool ready_ = false;
    std::deque<Bytes> waiting_; // for room in the guest's ring
    uint64_t received_ = 0, bad_ = 0, sent_ = 0, lost_ = 0;
};

} // namespace host

#endif
