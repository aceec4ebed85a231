// SPDX-License-Identifier: GPL-2.0-only
// Sets of guest page numbers, kept as ranges that neither touch nor overlap.
#ifndef HOST_MEMORY_PAGE_SET_HPP
#define HOST_MEMORY_PAGE_SET_HPP

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace host {

struct PageRange {
    uint64_t first = 0; // page number
    uint64_t count = 0;

    uint64_t end() const { return first + count; }
};

class PageSet {
public:
    // False, and nothing has changed: the range is empty, or one of its pages is in already.
    bool add(PageRange range);
    // False, and nothing has changed: the range is empty, or one of its pages is not in.
    bool remove(PageRange range);
    bool has_all(PageRange range) const;
    bool has_any(PageRange range) const;
    uint64_t count() const { return count_; }
    // Takes out that many pages, or all there are, from the highest down.
    std::vector<PageRange> take(uint64_t pages);
    // In rising order.
    std::vector<PageRange> ranges() const;

private:
    std::map<uint64_t, uint64_t> ends_; // by first page: the page behind the last
    uint64_t count_ = 0;
};

} // namespace host

#endif
