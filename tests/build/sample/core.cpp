// SPDX-License-Identifier: GPL-2.0-only
// The core of a module that does nothing but be built: templates, a destructor, memory and a call
// in each direction. tests/build/selftest plants faults in copies of it.

#include "sample_core.h"

#include <lis_digest.h>

namespace sample {

template <typename T> class Sum {
public:
    Sum() : value_(0) {}
    ~Sum() { lis_sample_report(LIS_HEADER_DIGEST, static_cast<uint32_t>(value_)); }
    void add(T value) { value_ += value; }
    T value() const { return value_; }

private:
    T value_;
};

} // namespace sample

uint32_t lis_sample_sum(const uint8_t* bytes, uint32_t count) {
    sample::Sum<uint32_t> sum;
    for (uint32_t i = 0; i < count; i++) sum.add(bytes[i]);
    return sum.value();
}
