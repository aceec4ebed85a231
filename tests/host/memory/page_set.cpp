// SPDX-License-Identifier: GPL-2.0-only
#include "page_set.hpp"

#include <algorithm>

namespace host {

bool PageSet::has_all(PageRange range) const {
    auto above = ends_.upper_bound(range.first);
    if (range.count == 0 || above == ends_.begin()) return false;
    return std::prev(above)->second >= range.end();
}

bool PageSet::has_any(PageRange range) const {
    auto behind = ends_.lower_bound(range.end());
    return range.count != 0 && behind != ends_.begin() && std::prev(behind)->second > range.first;
}

bool PageSet::add(PageRange range) {
    if (range.count == 0 || range.end() < range.first || has_any(range)) return false;
    uint64_t first = range.first, end = range.end();
    auto behind = ends_.find(end);
    if (behind != ends_.end()) {
        end = behind->second;
        ends_.erase(behind);
    }
    auto above = ends_.upper_bound(first);
    if (above != ends_.begin() && std::prev(above)->second == first) first = std::prev(above)->first;
    ends_[first] = end;
    count_ += range.count;
    return true;
}

bool PageSet::remove(PageRange range) {
    if (!has_all(range)) return false;
    auto piece = std::prev(ends_.upper_bound(range.first));
    const uint64_t first = piece->first, end = piece->second;
    ends_.erase(piece);
    if (first < range.first) ends_[first] = range.first;
    if (range.end() < end) ends_[range.end()] = end;
    count_ -= range.count;
    return true;
}

std::vector<PageRange> PageSet::take(uint64_t pages) {
    std::vector<PageRange> taken;
    while (pages != 0 && !ends_.empty()) {
        const auto last = std::prev(ends_.end());
        const uint64_t count = std::min(pages, last->second - last->first);
        const PageRange range{last->second - count, count};
        taken.push_back(range);
        remove(range);
        pages -= count;
    }
    return taken;
}

std::vector<PageRange> PageSet::ranges() const {
    std::vector<PageRange> all;
    for (const auto& piece : ends_) all.push_back(PageRange{piece.first, piece.second - piece.first});
    return all;
}

} // namespace host
