// SPDX-License-Identifier: GPL-2.0-only
#include "channel_threads.hpp"

#include <algorithm>

namespace vmm {

ChannelThreads::ChannelThreads(host::Bus& bus, ModelLock& lock, Connect connect)
    : bus_(bus), lock_(lock), connect_(std::move(connect)) {
    bus_.runner = this;
}

ChannelThreads::~ChannelThreads() {
    {
        const Alone guard(lock_);
        bus_.runner = nullptr;
        for (auto& each : workers_) end(std::move(each.second));
        workers_.clear();
    }
    for (auto& worker : ended_) worker->thread.join();
}

bool ChannelThreads::opened(host::Channel& channel) {
    reap();
    std::unique_ptr<Worker> worker(new Worker);
    Worker* const kept = worker.get();
    kept->channel = &channel;
    kept->connection_id = channel.connection_id();
    // Before Windows 8 a signal can mean bits in the interrupt page, which the bus reads.
    kept->direct = bus_.version() >= hyperv::kVersionWin8;
    bool connected = false;
    try {
        kept->event = make_eventfd(Waiting::Sleeps);
        if (kept->direct) connect_(kept->connection_id, &kept->event);
        connected = kept->direct;
        kept->thread = std::thread([this, kept] { run(*kept); });
    } catch (const std::exception&) { // no descriptors or no threads are left
        if (connected) connect_(kept->connection_id, nullptr);
        return false;
    }
    workers_[&channel] = std::move(worker);
    return true;
}

void ChannelThreads::closing(host::Channel& channel) {
    auto found = workers_.find(&channel);
    if (found == workers_.end()) return;
    end(std::move(found->second));
    workers_.erase(found);
}

void ChannelThreads::wake(host::Channel& channel) {
    auto found = workers_.find(&channel);
    if (found != workers_.end()) notify(found->second->event);
}

void ChannelThreads::end(std::unique_ptr<Worker> worker) {
    if (worker->direct) connect_(worker->connection_id, nullptr);
    worker->closed = true;
    notify(worker->event);
    ended_.push_back(std::move(worker));
}

void ChannelThreads::reap() {
    auto first = std::partition(ended_.begin(), ended_.end(), [](const std::unique_ptr<Worker>& each) { return !each->done; });
    for (auto it = first; it != ended_.end(); ++it) (*it)->thread.join();
    ended_.erase(first, ended_.end());
}

void ChannelThreads::run(Worker& worker) {
    for (;;) {
        uint64_t signals = wait(worker.event);
        for (bool more = true; more;) {
            // Let go of in between: others may want the bus for themselves.
            const Sharing guard(lock_);
            if (worker.closed) {
                worker.done = true;
                return;
            }
            if (worker.direct) bus_.count_signals(signals);
            more = serve(worker, signals);
            signals = 0;
        }
    }
}

// A device that cannot go on, for want of memory say, is silent from then on; the others do not suffer for it.
bool ChannelThreads::serve(Worker& worker, uint64_t signals) {
    if (worker.broken) return false;
    try {
        return worker.channel->serve(signals);
    } catch (const std::exception& error) {
        worker.broken = true;
        if (on_broken) on_broken(worker.channel->relid(), error.what());
        return false;
    }
}

} // namespace vmm
