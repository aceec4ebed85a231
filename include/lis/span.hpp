// SPDX-License-Identifier: GPL-2.0-only
// A pointer and a size that travel together: bytes of private memory.
#ifndef LIS_SPAN_HPP
#define LIS_SPAN_HPP

#include <lis/types.h>

namespace lis {

class Span {
public:
    Span() : data_(nullptr), size_(0) {}
    Span(const void* data, size_t size) : data_(static_cast<const unsigned char*>(data)), size_(size) {}

    const unsigned char* data() const { return data_; }
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    // What is left behind the first n bytes, and the first n bytes; n beyond the end means the end.
    Span from(size_t n) const { return n < size_ ? Span(data_ + n, size_ - n) : Span(data_ + size_, 0); }
    Span first(size_t n) const { return Span(data_, n < size_ ? n : size_); }

private:
    const unsigned char* data_;
    size_t size_;
};

class MutableSpan {
public:
    MutableSpan() : data_(nullptr), size_(0) {}
    MutableSpan(void* data, size_t size) : data_(static_cast<unsigned char*>(data)), size_(size) {}

    unsigned char* data() const { return data_; }
    size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    operator Span() const { return Span(data_, size_); }

private:
    unsigned char* data_;
    size_t size_;
};

} // namespace lis

#endif
