// SPDX-License-Identifier: GPL-2.0-only
// Packets per second, written and read: <side>/<mode>/<bytes>, and <side>/two/<bytes>
// with two producers on two cores.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <thread>

#include "load.hpp"

namespace {

using namespace bench;

void one_thread(benchmark::State& state, const bench_side& side, Mode mode, uint32_t bytes) {
    Load load(side, bytes);
    uint64_t packets = 0;
    for (auto _ : state) packets += load.round(mode);
    load.check(packets);
    state.SetItemsProcessed(static_cast<int64_t>(packets));
}

std::unique_ptr<Shared> shared;

void two_threads(benchmark::State& state, uint32_t bytes) {
    for (auto _ : state)
        for (Shared::Sent sent; (sent = shared->send(bytes)) != Shared::Sent::Yes;)
            if (sent == Shared::Sent::Busy) __builtin_ia32_pause();
    shared->note_sent(static_cast<uint64_t>(state.iterations()));
    state.SetItemsProcessed(state.iterations());
}

template <int kSide>
void open_shared(const benchmark::State&) {
    shared.reset(new Shared(kSides[kSide]));
}
void check_shared(const benchmark::State&) {
    shared->check();
    shared.reset();
}

std::string name(const bench_side& side, const char* mode, uint32_t bytes) {
    return std::string(side.name) + "/" + mode + "/" + std::to_string(bytes);
}

} // namespace

int main(int argc, char** argv) {
    for (const bench_side& side : kSides) {
        for (const uint32_t bytes : kSizes) {
            for (const Mode mode : {Mode::Single, Mode::Burst, Mode::Batch})
                benchmark::RegisterBenchmark(name(side, kModes[static_cast<int>(mode)], bytes).c_str(),
                                             [=](benchmark::State& state) { one_thread(state, side, mode, bytes); });
            const bool many = strcmp(side.name, "many") == 0;
            if (strcmp(side.name, "one") == 0 || std::thread::hardware_concurrency() < 2) continue;
            benchmark::RegisterBenchmark(name(side, "two", bytes).c_str(),
                                         [=](benchmark::State& state) { two_threads(state, bytes); })
                ->Setup(many ? open_shared<2> : open_shared<0>)
                ->Teardown(check_shared)
                ->Threads(2)
                ->UseRealTime();
        }
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
