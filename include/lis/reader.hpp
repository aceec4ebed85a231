// SPDX-License-Identifier: GPL-2.0-only
// Checked access to a run of PRIVATE bytes. Neither class can leave its span: an
// access that does not fit changes nothing and answers BadPacket (reader) or
// TooBig (writer).
#ifndef LIS_READER_HPP
#define LIS_READER_HPP

#include <lis/result.hpp>
#include <lis/span.hpp>

namespace lis {

class ByteReader {
public:
    explicit ByteReader(Span bytes) : at_(bytes.data()), left_(bytes.size()) {}
    ByteReader(const void* data, size_t size) : at_(static_cast<const unsigned char*>(data)), left_(size) {}

    size_t remaining() const { return left_; }

    // The next sizeof(T) bytes as a wire struct or a little-endian integer.
    template <typename T>
    LIS_MUST_USE Result<T> read() {
        static_assert(__has_trivial_copy(T), "only plain values come from the wire");
        T value;
        if (left_ < sizeof(T))
            return Status::BadPacket;
        __builtin_memcpy(&value, at_, sizeof(T));
        advance(sizeof(T));
        return value;
    }

    // The same without the copy through a Result, for large structs.
    template <typename T>
    LIS_MUST_USE Status read_into(T* value) {
        static_assert(__has_trivial_copy(T), "only plain values come from the wire");
        if (left_ < sizeof(T))
            return Status::BadPacket;
        __builtin_memcpy(value, at_, sizeof(T));
        advance(sizeof(T));
        return Status::Ok;
    }

    // The next size bytes, in place.
    LIS_MUST_USE Result<Span> take(size_t size) {
        if (left_ < size)
            return Status::BadPacket;
        const Span taken(at_, size);
        advance(size);
        return taken;
    }

    LIS_MUST_USE Status skip(size_t size) {
        if (left_ < size)
            return Status::BadPacket;
        advance(size);
        return Status::Ok;
    }

    // Everything that is left, in place; nothing remains.
    Span rest() {
        const Span taken(at_, left_);
        advance(left_);
        return taken;
    }

private:
    void advance(size_t size) {
        at_ += size;
        left_ -= size;
    }

    const unsigned char* at_;
    size_t left_;
};

class ByteWriter {
public:
    explicit ByteWriter(MutableSpan bytes) : start_(bytes.data()), used_(0), size_(bytes.size()) {}

    size_t remaining() const { return size_ - used_; }
    Span written() const { return Span(start_, used_); }

    template <typename T>
    LIS_MUST_USE Status write(const T& value) {
        static_assert(__has_trivial_copy(T), "only plain values go to the wire");
        return write_bytes(Span(&value, sizeof(T)));
    }

    LIS_MUST_USE Status write_bytes(Span bytes) {
        if (remaining() < bytes.size())
            return Status::TooBig;
        if (!bytes.empty())
            __builtin_memcpy(start_ + used_, bytes.data(), bytes.size());
        used_ += bytes.size();
        return Status::Ok;
    }

    LIS_MUST_USE Status write_zeros(size_t size) {
        if (remaining() < size)
            return Status::TooBig;
        if (size != 0)
            __builtin_memset(start_ + used_, 0, size);
        used_ += size;
        return Status::Ok;
    }

private:
    unsigned char* start_;
    size_t used_;
    size_t size_;
};

} // namespace lis

#endif
