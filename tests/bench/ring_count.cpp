// SPDX-License-Identifier: GPL-2.0-only
// The load that valgrind counts.
//
//   ring_count           under callgrind: one dump of counts for each side, mode and size
//   ring_count SIDE N    under lackey: 16 packets of N bytes, each sent and read at once; prints
//                        what lies where, for the trace
#include <valgrind/callgrind.h>

#include "load.hpp"

namespace {

using namespace bench;

const uint64_t kPackets = 4096; // several laps of the ring, also with 16 bytes

void count(const bench_side& side, Mode mode, uint32_t bytes) {
    Load load(side, bytes);
    uint64_t packets = 0;
    CALLGRIND_ZERO_STATS;
    while (packets < kPackets) packets += load.round(mode);
    char label[80];
    snprintf(label, sizeof label, "%s %s %u %llu", side.name, kModes[static_cast<int>(mode)], bytes,
             static_cast<unsigned long long>(packets));
    CALLGRIND_DUMP_STATS_AT(label);
    load.check(packets);
}

} // namespace

// Stored to before and after each round.
volatile uint64_t bench_marker;

int main(int argc, char** argv) {
    if (argc == 3) {
        for (const bench_side& side : kSides) {
            if (strcmp(side.name, argv[1]) != 0) continue;
            Load load(side, static_cast<uint32_t>(atoi(argv[2])));
            const unsigned char* const ring = static_cast<const unsigned char*>(load.ring());
            printf("marker %p\nring %p %p\nstate %p %p\n", static_cast<const void*>(const_cast<uint64_t*>(&bench_marker)),
                   static_cast<const void*>(ring), static_cast<const void*>(ring + load.ring_bytes()),
                   static_cast<const void*>(bench_state), static_cast<const void*>(bench_state + bench_state_bytes));
            fflush(stdout);
            load.round(Mode::Single); // what happens once
            for (int i = 0; i < 16; i++) {
                bench_marker = 1;
                load.round(Mode::Single);
                bench_marker = 0;
            }
            load.check(17);
            return 0;
        }
        require(false, "no such side");
    }
    for (const bench_side& side : kSides)
        for (const Mode mode : {Mode::Single, Mode::Burst, Mode::Batch})
            for (const uint32_t bytes : kSizes) count(side, mode, bytes);
    return 0;
}
