// SPDX-License-Identifier: GPL-2.0-only
// Errors are values. Status says why something failed, Result<T> is a value or a
// Status, LIS_TRY leaves the current function on an error.
#ifndef LIS_RESULT_HPP
#define LIS_RESULT_HPP

#include <lis/errors.h>
#include <lis/types.h>

#define LIS_MUST_USE __attribute__((warn_unused_result))
#define LIS_ALWAYS_INLINE inline __attribute__((always_inline))
// Of a local variable that is written before it is read: kernels have theirs cleared otherwise.
#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define LIS_UNINITIALIZED __attribute__((uninitialized))
#endif
#endif
#ifndef LIS_UNINITIALIZED
#define LIS_UNINITIALIZED
#endif

namespace lis {

enum class Status : int32_t {
    Ok = 0,
    NoMemory,
    WouldBlock,  // nothing there, or no room: later perhaps
    BadPacket,   // what the peer sent breaks its protocol
    Rescinded,   // the host has taken the channel back
    TimedOut,
    Unsupported, // not in the negotiated version
    Invalid,     // the caller's mistake
    TooBig,
    Refused,     // the host said no
    Busy,
    NotFound,
    Exists,
    NoSpace,     // a limit of ours is reached
    Denied,
    Protocol,    // the peer cannot be talked to
    Failed,      // the host reports that the operation failed
};

// 0 or a negative enum lis_errno, for the C interfaces.
inline int32_t to_errno(Status status) {
    switch (status) {
    case Status::Ok: return 0;
    case Status::NoMemory: return -LIS_ENOMEM;
    case Status::WouldBlock: return -LIS_EAGAIN;
    case Status::BadPacket: return -LIS_EBADMSG;
    case Status::Rescinded: return -LIS_ENODEV;
    case Status::TimedOut: return -LIS_ETIMEDOUT;
    case Status::Unsupported: return -LIS_EOPNOTSUPP;
    case Status::Invalid: return -LIS_EINVAL;
    case Status::TooBig: return -LIS_EMSGSIZE;
    case Status::Refused: return -LIS_ECONNREFUSED;
    case Status::Busy: return -LIS_EBUSY;
    case Status::NotFound: return -LIS_ENOENT;
    case Status::Exists: return -LIS_EEXIST;
    case Status::NoSpace: return -LIS_ENOSPC;
    case Status::Denied: return -LIS_EPERM;
    case Status::Protocol: return -LIS_EPROTO;
    case Status::Failed: return -LIS_EIO;
    }
    return -LIS_EIO; // not reached: the switch is complete
}

template <typename T>
class Result {
    static_assert(__has_trivial_copy(T), "Result<T> carries plain values"); // and T() must exist

public:
    Result(T value) : value_(value), status_(Status::Ok) {}
    Result(Status error) : value_(), status_(error) {}

    bool ok() const { return status_ == Status::Ok; }
    Status status() const { return status_; }
    T value() const { return value_; } // the caller has checked ok()

private:
    T value_;
    Status status_;
};

// LIS_TRY takes a Result<T> (and yields the T) or a plain Status (and yields nothing).
template <typename T>
inline Status try_status(const Result<T>& result) {
    return result.status();
}
inline Status try_status(Status status) {
    return status;
}
template <typename T>
inline T try_value(const Result<T>& result) {
    return result.value();
}
inline void try_value(Status) {}

} // namespace lis

#define LIS_TRY(expr)                                                                      \
    __extension__({                                                                        \
        auto lis_result_ LIS_UNINITIALIZED = (expr);                                       \
        if (__builtin_expect(::lis::try_status(lis_result_) != ::lis::Status::Ok, 0))      \
            return ::lis::try_status(lis_result_);                                         \
        ::lis::try_value(lis_result_);                                                     \
    })

#endif
