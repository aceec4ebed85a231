// SPDX-License-Identifier: GPL-2.0-only
// A thread for each open channel: sleeps until the guest signals, serves the channel with the model shared, sleeps
// again. It never polls.
#ifndef VMM_CHANNEL_THREADS_HPP
#define VMM_CHANNEL_THREADS_HPP

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <thread>

#include <host/bus.hpp>
#include <host/channel_runner.hpp>

#include "kvm.hpp"
#include "model_lock.hpp"

namespace vmm {

class ChannelThreads : public host::ChannelRunner {
public:
    // Makes signals of that connection id go straight into event, past the bus; null: no longer.
    typedef std::function<void(uint32_t connection_id, const Fd* event)> Connect;

    ChannelThreads(host::Bus& bus, ModelLock& lock, Connect connect);
    // Without the lock.
    ~ChannelThreads() override;

    // A channel is served no more until it is closed and opened: its device has thrown. Any thread, the model shared.
    std::function<void(uint32_t relid, const std::string& why)> on_broken;

    bool opened(host::Channel& channel) override;
    void closing(host::Channel& channel) override;
    void wake(host::Channel& channel) override;

private:
    struct Worker {
        host::Channel* channel;
        uint32_t connection_id;
        bool direct;            // signals do not pass through the bus
        bool closed = false;    // channel is not to be touched
        bool broken = false;    // of the thread: its device has thrown
        std::atomic<bool> done{false};
        Fd event;
        std::thread thread;
    };

    void run(Worker& worker);
    bool serve(Worker& worker, uint64_t signals);
    void end(std::unique_ptr<Worker> worker);
    void reap();

    host::Bus& bus_;
    ModelLock& lock_;
    Connect connect_;
    std::map<const host::Channel*, std::unique_ptr<Worker>> workers_;
    // Their threads may still wait for the lock, which who closes a channel holds: joined later.
    std::vector<std::unique_ptr<Worker>> ended_;
};

} // namespace vmm

#endif
