// SPDX-License-Identifier: GPL-2.0-only
// A back-end of the network adapter: a TAP interface of this machine. Checksums and segmentation pass through it
// undone, by virtio-net headers; tags are in the frames.
#ifndef VMM_DEVICES_TAP_HPP
#define VMM_DEVICES_TAP_HPP

#include <host/network/adapter.hpp>
#include <host/network/backend.hpp>

#include <atomic>
#include <thread>

#include "device_kind.hpp"

namespace vmm {

class Tap : public host::Backend {
public:
    // The interface is made if it is not there, and left as it is. Throws Error.
    // enter: see Surroundings.
    Tap(const std::string& name, bool offloads, std::function<Sharing()> enter);
    ~Tap() override;

    bool takes_partial_checksums() const override { return offloads_; }
    bool takes_segmentation() const override { return offloads_; }
    // A port: its thread begins. None: the thread has ended.
    void attach(host::Port* port) override;
    void send(host::Frame& frame, host::Inlet& inlet) override;
    void count(host::Counters& counters) const override;

private:
    void run(host::Port& port);
    // False: there is no frame.
    bool receive(host::Inlet& inlet);

    bool offloads_;
    std::function<Sharing()> enter_;
    Fd file_;
    Fd stop_;
    std::thread thread_;
    std::vector<unsigned char> buffer_; // of the thread
    host::Frame frame_;                 // of the thread
    std::atomic<uint64_t> sent_{0}, lost_{0}, received_{0}, large_{0}, malformed_{0};
};

} // namespace vmm

#endif
