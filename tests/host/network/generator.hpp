// SPDX-License-Identifier: GPL-2.0-only
// A back-end that sends UDP to the guest, so many frames of a size, at a rate; what the guest sends it takes and
// counts. Frames are numbered in their first eight bytes of data, and come from several ports in turn.
#ifndef HOST_NETWORK_GENERATOR_HPP
#define HOST_NETWORK_GENERATOR_HPP

#include "adapter.hpp"
#include "backend.hpp"

#include <host/platform.hpp>

#include <memory>
#include <mutex>

namespace host {

struct GeneratorPlan {
    uint64_t frames = 0;     // 0: until it is stopped
    uint64_t per_second = 1000;
    size_t bytes = 64;       // of a frame, without its check sequence
    uint16_t ports = 16;     // that they come from
    uint32_t address = 0xC0000202; // they go to, 192.0.2.2
};

class Generator : public Backend, public std::enable_shared_from_this<Generator> {
public:
    Generator(Platform& platform, const MacAddress& guest) : platform_(platform), guest_(guest) {}

    // In place of what it was doing. Any thread.
    void start(const GeneratorPlan& plan);
    void stop();

    void attach(Port* port) override;
    void send(Frame& frame, Inlet& inlet) override;
    void count(Counters& counters) const override;

private:
    void run(uint64_t generation);
    void make_frame();

    Platform& platform_;
    MacAddress guest_;
    mutable std::mutex mutex_;
    Port* port_ = nullptr;
    GeneratorPlan plan_;
    std::vector<unsigned char> bytes_;
    Frame frame_;
    uint64_t generation_ = 0;
    uint64_t begun_ns_ = 0;
    uint64_t done_ = 0; // of the plan
    uint64_t sent_ = 0, lost_ = 0;
    std::atomic<uint64_t> taken_{0};
};

} // namespace host

#endif
