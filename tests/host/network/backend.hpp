// SPDX-License-Identifier: GPL-2.0-only
// What is at the other end of a network adapter's cable.
#ifndef HOST_NETWORK_BACKEND_HPP
#define HOST_NETWORK_BACKEND_HPP

#include "frame.hpp"

#include <host/device.hpp>

#include <functional>

namespace host {

// The way to the guest, for the length of one call.
class Inlet {
public:
    virtual ~Inlet() {}
    // The frame's bytes are taken, or it is dropped, before this returns. It may be changed. A frame with
    // nothing said about its checksum is judged. False: dropped.
    virtual bool receive(Frame& frame) = 0;
};

// The adapter, for a back-end that has frames when nobody sends: on a thread of its own or in Platform::after().
class Port {
public:
    virtual ~Port() {}
    // Runs action at once. Not from inside Backend::send().
    virtual void deliver(const std::function<void(Inlet&)>& action) = 0;
};

class Backend {
public:
    virtual ~Backend() {}

    // What it can take: frames whose checksum is partial, and frames to be segmented. Others are finished first.
    virtual bool takes_partial_checksums() const { return false; }
    virtual bool takes_segmentation() const { return false; }

    // Before anything else. No port: the adapter ends, and nothing may be delivered once this has returned.
    virtual void attach(Port* port) { static_cast<void>(port); }
    // A frame of the guest, its tag out of the bytes. It may be changed; the bytes are valid until this returns.
    // On several threads at the same time, one for each channel.
    virtual void send(Frame& frame, Inlet& inlet) = 0;
    virtual void count(Counters& counters) const { static_cast<void>(counters); }
};

// A cable without an end.
class NullBackend : public Backend {
public:
    void send(Frame&, Inlet&) override {}
};

} // namespace host

#endif
