// SPDX-License-Identifier: GPL-2.0-only
// Receive packets whose completions the ring had no room for: first in, first out. The host
// has no more packets out than its buffer has sections, so a list of that length loses none.
// One thread at a time.
#ifndef NETVSC_COMPLETION_LIST_HPP
#define NETVSC_COMPLETION_LIST_HPP

#include <lis/os.h>
#include <lis/result.hpp>

namespace netvsc_core {

class CompletionList {
public:
    CompletionList() : pages_(nullptr), ids_(nullptr), limit_(0), first_(0), count_(0) {}
    ~CompletionList() { fini(); }
    CompletionList(const CompletionList&) = delete;
    CompletionList& operator=(const CompletionList&) = delete;

    // Process context.
    LIS_MUST_USE lis::Status init(uint32_t limit) {
        const uint32_t kPage = 4096;
        fini();
        const uint32_t pages = static_cast<uint32_t>((limit * sizeof(uint64_t) + kPage - 1) / kPage);
        pages_ = lis_os_pages_alloc(pages);
        ids_ = pages_ == nullptr ? nullptr : static_cast<uint64_t*>(lis_os_pages_map(pages_, 0, pages));
        if (ids_ == nullptr) {
            fini();
            return lis::Status::NoMemory;
        }
        limit_ = limit;
        return lis::Status::Ok;
    }
    void fini() {
        if (ids_ != nullptr)
            lis_os_unmap(ids_);
        lis_os_pages_free(pages_);
        pages_ = nullptr;
        ids_ = nullptr;
        limit_ = first_ = count_ = 0;
    }

    bool empty() const { return count_ == 0; }
    // False: more than there can be, by a host that keeps to the protocol.
    LIS_MUST_USE bool add(uint64_t id) {
        if (count_ == limit_)
            return false;
        const uint32_t at = first_ + count_;
        ids_[at < limit_ ? at : at - limit_] = id;
        count_++;
        return true;
    }
    uint64_t first() const { return ids_[first_]; }
    void remove_first() {
        first_ = first_ + 1 == limit_ ? 0 : first_ + 1;
        count_--;
    }

private:
    lis_os_pages* pages_;
    uint64_t* ids_;
    uint32_t limit_;
    uint32_t first_;
    uint32_t count_;
};

} // namespace netvsc_core

#endif
