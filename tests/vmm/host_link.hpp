// SPDX-License-Identifier: GPL-2.0-only
// Joins the host model (tests/host) to a virtual machine: guest memory, SINTs, hypercalls
// and SynIC registers. The model knows no threads: a lock is held whenever it runs.
#ifndef VMM_HOST_LINK_HPP
#define VMM_HOST_LINK_HPP

#include <map>
#include <mutex>
#include <vector>

#include <host/bus.hpp>
#include <host/hostile/hostile.hpp>

#include "channel_threads.hpp"
#include "loop.hpp"
#include "memory.hpp"

namespace vmm {

class HostLink : private host::Platform {
public:
    // Makes an interrupt route to SINT 2 of each VP. The irqchip must exist.
    HostLink(const Fd& vm, const Memory& memory, unsigned cpus, Loop& loop, std::function<void(const std::string&)> log);
    ~HostLink() override;

    // The model, for whoever holds the lock.
    Alone lock() { return Alone(lock_); }
    Sharing share() { return Sharing(lock_); }
    host::Bus& bus() { return bus_; }
    const Memory& memory() const { return memory_; }
    host::Platform& platform() { return *this; }

    // ---- with the lock held ----

    // From now on the host is hostile; what was attacked before is so anew, from another seed.
    void attack(const host::HostileOptions& options);
    // It is honest again. Channels that are open carry on with what has happened to them.
    void end_attack();
    bool attacks() const { return !attackers_.empty() && attackers_.back()->attacks(); }
    host::Counters attack_counts() const;

    // On a vCPU's thread, without the lock.
    void synic_exit(unsigned vp, const kvm_hyperv_exit& exit);
    uint64_t hypercall(const kvm_hyperv_exit& exit);

private:
    struct Sint {
        Fd raise;
        Fd ended;
    };

    void* page(uint64_t frame) override { return memory_.at(frame << 12, 4096); }
    bool raise_sint(uint32_t vp, uint32_t sint) override;
    uint64_t now_ns() override { return vmm::now_ns(); }
    uint64_t reference_time() override;
    void after(uint64_t ns, std::function<void()> action) override;
    void end_of_message_wanted(uint32_t vp, bool wanted) override;
    void log(const std::string& line) override { log_(line); }
    host::Tamper* tamper() override { return attackers_.empty() ? nullptr : attackers_.back().get(); }

    void route_interrupts();
    void connect(uint32_t connection_id, const Fd* event);
    void arm();
    std::function<void()> take_due();
    void timers_due();
    uint64_t post_message(const kvm_hyperv_exit& exit);
    uint64_t signal_event(const kvm_hyperv_exit& exit);

    const Fd& vm_;
    const Memory& memory_;
    Loop& loop_;
    std::function<void(const std::string&)> log_;
    std::vector<Sint> sints_; // by VP
    Fd timer_;
    std::mutex timers_mutex_; // behind the lock
    std::multimap<uint64_t, std::function<void()>> timers_;
    ModelLock lock_;
    std::vector<std::unique_ptr<host::Hostile>> attackers_; // rings know theirs as long as they are open
    host::Synic synic_;
    host::Bus bus_;
    ChannelThreads threads_;
};

} // namespace vmm

#endif
