// SPDX-License-Identifier: GPL-2.0-only
// A plugin of the QEMU that emulates the machine around: counts the instructions of the guest and of its host apart,
// by where they stand.
//
// The one way into a guest of AMD's SVM is VMRUN, and the one way out leads to the instruction behind it. So what a
// CPU translates between the two is the guest's; QEMU keeps translations of the two apart, even of the same code.
// A string instruction counts as one for each piece of it that is done without a look at interrupts.
//
// The guest says where a sample begins and ends by `nopl 0x4c495301(%rax)` and `...02(%rax)`, which do nothing else
// (mark.S). At each end these lines are written:
//   SAMPLE <number from 1> <VMRUNs>
//   <g for the guest or h> <virtual address of a translation block, hex> <instructions>, for each
//   END
//
// Arguments: out=FILE
#include "qemu_plugin.h"

#include <atomic>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

extern "C" {
__attribute__((visibility("default"))) int qemu_plugin_version = 4;
__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t, const qemu_info_t*, int, char**);
}

namespace {

const unsigned char kVmrun[] = {0x0f, 0x01, 0xd8};
const unsigned char kBegin[] = {0x0f, 0x1f, 0x80, 0x01, 'S', 'I', 'L'};
const unsigned char kEnd[] = {0x0f, 0x1f, 0x80, 0x02, 'S', 'I', 'L'};
const size_t kMostCounters = 1 << 20;

struct Counter {
    bool guest;
    uint64_t address;
    uint64_t at_begin;
};

std::mutex mutex; // of all below
std::vector<Counter> counters; // blocks of a side that start at the same address share one
std::unordered_map<uint64_t, size_t> numbers[2]; // of a side's addresses
std::unordered_set<void*> behind_vmrun; // in the memory of the machine, where no guest can have its own code
qemu_plugin_scoreboard* scores;
FILE* out;
unsigned samples;
uint64_t entries_at_begin;

std::atomic<uint64_t> entries;
thread_local bool in_guest; // each CPU has a thread

qemu_plugin_u64 score(size_t number) { return {scores, number * sizeof(uint64_t)}; }

void enter(unsigned, void*) {
    in_guest = true;
    entries++;
}
void leave(unsigned, void*) { in_guest = false; }

void begin(unsigned, void*) {
    const std::lock_guard<std::mutex> guard(mutex);
    for (size_t i = 0; i < counters.size(); i++) counters[i].at_begin = qemu_plugin_u64_sum(score(i));
    entries_at_begin = entries;
}

void end(unsigned, void*) {
    const std::lock_guard<std::mutex> guard(mutex);
    fprintf(out, "SAMPLE %u %" PRIu64 "\n", ++samples, entries - entries_at_begin);
    for (size_t i = 0; i < counters.size(); i++) {
        const uint64_t count = qemu_plugin_u64_sum(score(i)) - counters[i].at_begin;
        if (count > 0) fprintf(out, "%c %" PRIx64 " %" PRIu64 "\n", counters[i].guest ? 'g' : 'h', counters[i].address, count);
    }
    fputs("END\n", out);
    fflush(out);
}

size_t number_of(bool guest, uint64_t address) {
    const auto place = numbers[guest].emplace(address, counters.size());
    if (place.second) {
        if (counters.size() == kMostCounters) {
            fputs("instructions: more code than there are counters\n", stderr);
            abort();
        }
        counters.push_back(Counter{guest, address, 0});
    }
    return place.first->second;
}

template <size_t kSize>
bool is(const unsigned char (&wanted)[kSize], const unsigned char* bytes, size_t size) {
    return size == kSize && memcmp(bytes, wanted, kSize) == 0;
}

void translated(qemu_plugin_id_t, qemu_plugin_tb* tb) {
    const std::lock_guard<std::mutex> guard(mutex);
    bool guest = in_guest;
    if (behind_vmrun.count(qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(tb, 0))) > 0) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, leave, QEMU_PLUGIN_CB_NO_REGS, nullptr);
        guest = false;
    }
    const qemu_plugin_u64 counter = score(number_of(guest, qemu_plugin_tb_vaddr(tb)));
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        qemu_plugin_insn* const insn = qemu_plugin_tb_get_insn(tb, i);
        // Not once for the block: an exit or a fault leaves it anywhere.
        qemu_plugin_register_vcpu_insn_exec_inline_per_vcpu(insn, QEMU_PLUGIN_INLINE_ADD_U64, counter, 1);
        unsigned char bytes[16];
        const size_t size = qemu_plugin_insn_data(insn, bytes, sizeof bytes);
        if (!guest && is(kVmrun, bytes, size)) {
            behind_vmrun.insert(static_cast<char*>(qemu_plugin_insn_haddr(insn)) + size);
            qemu_plugin_register_vcpu_insn_exec_cb(insn, enter, QEMU_PLUGIN_CB_NO_REGS, nullptr);
        } else if (guest && is(kBegin, bytes, size)) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, begin, QEMU_PLUGIN_CB_NO_REGS, nullptr);
        } else if (guest && is(kEnd, bytes, size)) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, end, QEMU_PLUGIN_CB_NO_REGS, nullptr);
        }
    }
}

} // namespace

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t*, int argc, char** argv) {
    for (int i = 0; i < argc; i++)
        if (strncmp(argv[i], "out=", 4) == 0) out = fopen(argv[i] + 4, "w");
    if (!out) {
        fputs("instructions: needs out=FILE, and to be allowed to write it\n", stderr);
        return 1;
    }
    scores = qemu_plugin_scoreboard_new(kMostCounters * sizeof(uint64_t));
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
