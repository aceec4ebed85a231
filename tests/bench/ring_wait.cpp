// SPDX-License-Identifier: GPL-2.0-only
// What producers cost each other. Prints lines "<side> <what> <value>". Ours is a build
// that counts its compare-and-swaps (lis/test_hooks.hpp).
#include <lis/ring.hpp>
#include <lis/test_hooks.hpp>

#include <atomic>
#include <ctime>
#include <pthread.h>
#include <sched.h>
#include <thread>
#include <vector>

#include "load.hpp"

namespace {

using namespace bench;

const uint32_t kBytes = 64;
const uint32_t kStopBytes = 1024; // so many that both sides call memcpy for them
const uint64_t kRunNs = 1000 * 1000 * 1000;
const uint64_t kStopNs = 50 * 1000 * 1000;

// ---- compare-and-swaps of ours ----

// Of the writer: it is the first member of the side's state, and of its words one is wide.
struct Swaps {
    uint64_t reserve;
    uint64_t publish;
};
const unsigned char* writer_begin;
thread_local Swaps swaps;

void add_swaps(Swaps* total) {
    __atomic_fetch_add(&total->reserve, swaps.reserve, __ATOMIC_RELAXED);
    __atomic_fetch_add(&total->publish, swaps.publish, __ATOMIC_RELAXED);
}

// ---- threads ----

uint64_t now_ns(clockid_t clock) {
    timespec time;
    clock_gettime(clock, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

void pin(unsigned cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    require(pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0, "cannot pin a thread");
}

void print(const bench_side& side, const char* what, double value) {
    printf("%s %s %.6f\n", side.name, what, value);
    fflush(stdout);
}

// `count` producers for a while; on one core, or on one each.
void run(const bench_side& side, unsigned count, bool one_core) {
    Shared shared(side);
    Swaps total = {};
    std::vector<std::thread> threads;
    std::atomic<unsigned> ready(0);
    writer_begin = static_cast<const unsigned char*>(shared.state());
    bench_spins = {};
    bench_spins.timed = one_core;
    for (unsigned i = 0; i < count; i++)
        threads.emplace_back([&, i] {
            pin(one_core ? 0 : i);
            swaps = {};
            uint64_t sent = 0;
            ready++;
            while (ready < count) sched_yield();
            for (const uint64_t end = now_ns(CLOCK_MONOTONIC) + kRunNs; now_ns(CLOCK_MONOTONIC) < end;)
                for (int n = 0; n < 64; n++) {
                    const Shared::Sent result = shared.send(kBytes);
                    sent += result == Shared::Sent::Yes;
                    if (result == Shared::Sent::Busy) one_core ? static_cast<void>(sched_yield()) : __builtin_ia32_pause();
                }
            shared.note_sent(sent);
            add_swaps(&total);
        });
    for (std::thread& thread : threads) thread.join();
    writer_begin = nullptr;
    shared.check();
    const double packets = static_cast<double>(shared.sent());
    if (one_core) {
        print(side, "longest_spin_us", static_cast<double>(bench_spins.longest_ns) / 1e3);
        return;
    }
    print(side, "spins_per_packet", static_cast<double>(bench_spins.calls) / packets);
    if (total.reserve != 0) {
        // Attempts that found the ring full swap nothing.
        print(side, "reserve_retries_per_packet", static_cast<double>(total.reserve) / packets - 1);
        print(side, "publish_attempts_per_packet", static_cast<double>(total.publish) / packets);
    }
}

// ---- a producer that is stopped in the middle of its copy ----

thread_local bool stops_here;
std::atomic<bool> stopped, goes_on;

void stop_in_copy(void*) {
    if (!stops_here) return;
    stops_here = false;
    stopped = true;
    const timespec time = {0, static_cast<long>(kStopNs)};
    nanosleep(&time, nullptr);
    goes_on = true;
}

// Three others send meanwhile: how many packets, and how long does the slowest send take?
void run_stopped(const bench_side& side) {
    Shared shared(side);
    stopped = goes_on = false;
    std::atomic<uint64_t> others(0), longest(0);
    std::thread sleeper([&] {
        stops_here = true;
        bench_in_copy = stop_in_copy;
        require(shared.send(kStopBytes) == Shared::Sent::Yes, "no room for the first packet");
        shared.note_sent(1);
    });
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++)
        threads.emplace_back([&] {
            while (!stopped) sched_yield();
            while (!goes_on) {
                const uint64_t since = now_ns(CLOCK_THREAD_CPUTIME_ID);
                const bool sent = shared.send(kStopBytes) == Shared::Sent::Yes;
                const uint64_t took = now_ns(CLOCK_THREAD_CPUTIME_ID) - since;
                for (uint64_t seen = longest; took > seen && !longest.compare_exchange_weak(seen, took);) {}
                if (sent) shared.note_sent(1);
                if (sent && !goes_on) others++;
                if (!sent) sched_yield();
            }
        });
    sleeper.join();
    for (std::thread& thread : threads) thread.join();
    bench_in_copy = nullptr;
    shared.check();
    print(side, "sent_while_one_is_stopped", static_cast<double>(others));
    print(side, "longest_send_while_one_is_stopped_us", static_cast<double>(longest) / 1e3);
}

} // namespace

extern "C" {

void lis_test_shared_begin(const volatile void*, size_t, int) {}
void lis_test_shared_end(const volatile void*, size_t, int) {}

void lis_test_private_begin(const volatile void* address, size_t size, int access) {
    if (access != LIS_TEST_EXCHANGE || writer_begin == nullptr) return;
    const size_t at = static_cast<size_t>(static_cast<const volatile unsigned char*>(address) - writer_begin);
    if (at >= sizeof(lis::RingWriter<lis::ManyProducers<>>)) return;
    if (size == sizeof(unsigned long))
        swaps.reserve++;
    else
        swaps.publish++;
}
}

int main() {
    for (const bench_side& side : kSides) {
        if (strcmp(side.name, "one") == 0) continue;
        if (std::thread::hardware_concurrency() >= 2) run(side, 2, false);
        run(side, 4, true);
        run_stopped(side);
    }
    return 0;
}
