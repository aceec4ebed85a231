// SPDX-License-Identifier: GPL-2.0-only
// Who may change what the host is about to put before the guest. The model asks at every
// place where it writes what a guest reads; a well-behaved host has nobody to ask.
#ifndef HOST_TAMPER_HPP
#define HOST_TAMPER_HPP

#include "behaviour.hpp"

#include <memory>

namespace host {

class RingPages;

// For one ring of one opening of a channel. Called by whoever may use the ring, so one
// call at a time.
class RingTamper {
public:
    virtual ~RingTamper() {}

    // A packet from its descriptor to its trailer, a multiple of 8 bytes. How often it is
    // written: 0 withholds it.
    virtual unsigned packet(std::vector<unsigned char>& bytes) = 0;
    // A word of the control page: the host's index, or what it asks of the guest.
    // field: RingPages::Field.
    virtual uint32_t word(int field, uint32_t value, uint32_t ring_bytes) = 0;
    // The packet in [start, start + size) is visible and its index is, and the guest may be
    // reading it.
    virtual void written(RingPages& ring, uint32_t start, uint32_t size) = 0;
    // The ring is about to go away.
    virtual void leaving(RingPages& ring) = 0;
};

class Tamper {
public:
    virtual ~Tamper() {}

    // What is sent in the place of a control message, in this order.
    virtual std::vector<Behaviour::Sending> message(const Outgoing& message) = 0;
    // The event flags that are set in the place of one; the first 2048 exist.
    virtual std::vector<uint32_t> event(uint32_t flag) = 0;
    // Data that goes to memory which the guest lent.
    virtual void memory(void* bytes, size_t size) = 0;
    virtual std::unique_ptr<RingTamper> ring() = 0;
};

} // namespace host

#endif
