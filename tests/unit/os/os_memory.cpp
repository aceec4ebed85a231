// SPDX-License-Identifier: GPL-2.0-only
// lis/os.h: small memory, pages, mappings.
#include "machine.hpp"
#include "report.hpp"

#include <cstdlib>

using testos::Frames;
using testos::Machine;

struct lis_os_pages {
    std::vector<uint64_t> frames;
};

void* lis_os_alloc(uint32_t size) {
    testos::require_process("lis_os_alloc");
    if (size == 0 || size > 32 * 1024) testos::report("lis_os_alloc of %u bytes", size);
    Machine& machine = Machine::current();
    if (!machine.may_allocate()) return nullptr;
    void* const memory = calloc(1, size);
    machine.created(memory, "memory", __builtin_return_address(0));
    machine.scheduler.point();
    return memory;
}

void lis_os_free(void* memory) {
    testos::require_no_crash("lis_os_free");
    if (!memory || !Machine::current().destroyed(memory, "memory")) return;
    free(memory);
}

struct lis_os_pages* lis_os_pages_alloc(uint32_t count) {
    testos::require_process("lis_os_pages_alloc");
    if (count == 0 || count > 65536) testos::report("lis_os_pages_alloc of %u pages", count);
    Machine& machine = Machine::current();
    if (!machine.may_allocate()) return nullptr;
    lis_os_pages* const pages = new lis_os_pages;
    if (!Frames::pool().allocate(count, machine.scheduler.random, pages->frames)) {
        delete pages;
        return nullptr;
    }
    machine.created(pages, "pages", __builtin_return_address(0));
    machine.scheduler.point();
    return pages;
}

void lis_os_pages_free(struct lis_os_pages* pages) {
    if (!pages) return;
    testos::require_process("lis_os_pages_free");
    if (!Machine::current().destroyed(pages, "pages")) return;
    for (const uint64_t frame : pages->frames) Frames::pool().free(frame);
    delete pages;
}

void lis_os_pages_abandon(struct lis_os_pages* pages) {
    if (!pages || !Machine::current().destroyed(pages, "pages")) return;
    for (const uint64_t frame : pages->frames) Frames::pool().abandon(frame);
    delete pages;
}

uint32_t lis_os_pages_count(const struct lis_os_pages* pages) { return static_cast<uint32_t>(pages->frames.size()); }

uint64_t lis_os_pages_frame(const struct lis_os_pages* pages, uint32_t index) { return pages->frames.at(index); }

void* lis_os_pages_address(const struct lis_os_pages* pages, uint32_t index) {
    return Frames::pool().guest_address(pages->frames.at(index));
}

namespace {

void* map(std::vector<uint64_t> frames, const void* place) {
    Machine& machine = Machine::current();
    if (!machine.may_allocate()) return nullptr;
    void* const address = Frames::pool().map(frames);
    if (address) machine.created(address, "mapping", place);
    machine.scheduler.point();
    return address;
}

bool in_range(const struct lis_os_pages* pages, uint32_t first, uint32_t count) {
    if (count != 0 && first <= pages->frames.size() && count <= pages->frames.size() - first) return true;
    testos::report("mapping of pages %u + %u, there are %zu", first, count, pages->frames.size());
    return false;
}

} // namespace

void* lis_os_pages_map(const struct lis_os_pages* pages, uint32_t first, uint32_t count) {
    testos::require_process("lis_os_pages_map");
    if (!in_range(pages, first, count)) return nullptr;
    const auto start = pages->frames.begin() + first;
    return map(std::vector<uint64_t>(start, start + count), __builtin_return_address(0));
}

void* lis_os_pages_map_ring(const struct lis_os_pages* pages, uint32_t first, uint32_t count) {
    testos::require_process("lis_os_pages_map_ring");
    if (!in_range(pages, first, count)) return nullptr;
    const auto start = pages->frames.begin() + first;
    std::vector<uint64_t> frames(start, start + count);
    frames.insert(frames.end(), start + 1, start + count);
    return map(frames, __builtin_return_address(0));
}

void lis_os_unmap(void* address) {
    if (!address) return;
    testos::require_process("lis_os_unmap");
    if (!Machine::current().destroyed(address, "mapping")) return;
    Frames::pool().unmap(address);
}
