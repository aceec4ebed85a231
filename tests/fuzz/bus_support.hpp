// SPDX-License-Identifier: GPL-2.0-only
// What the bus targets share: the input as a stream of decisions, and a world whose
// host may break every rule.
#ifndef FUZZ_BUS_SUPPORT_HPP
#define FUZZ_BUS_SUPPORT_HPP

#include "bus/world.hpp"

#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>

namespace fuzz {

class Input {
public:
    Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}

    bool empty() const { return at_ >= size_; }
    // 0 behind the end, so that a short input means something too.
    uint8_t byte() { return empty() ? 0 : data_[at_++]; }
    uint32_t below(uint32_t bound) { return byte() % bound; }
    uint16_t word() { return static_cast<uint16_t>(byte() | byte() << 8); }
    std::vector<unsigned char> bytes(size_t count) {
        std::vector<unsigned char> taken(count);
        for (unsigned char& each : taken) each = byte();
        return taken;
    }

private:
    const uint8_t* data_;
    size_t size_;
    size_t at_ = 0;
};

// libFuzzer keeps the input of an abort.
class AbortOnFailure : public testing::EmptyTestEventListener {
    void OnTestPartResult(const testing::TestPartResult& result) override {
        if (!result.failed()) return;
        fprintf(stderr, "%s:%d: %s\n", result.file_name(), result.line_number(), result.message());
        abort();
    }
};

// A GoogleTest failure and a report of the machine are both findings.
inline void prepare() {
    static const bool once = [] {
        int argc = 1;
        char name[] = "fuzz";
        char* argv[] = {name, nullptr};
        testing::InitGoogleTest(&argc, argv);
        testing::UnitTest::GetInstance()->listeners().Append(new AbortOnFailure);
        return true;
    }();
    static_cast<void>(once);
    // A host that says TORNDOWN when it likes gets its pages taken away.
    testos::Frames::pool().host_breaks_its_word = true;
}

} // namespace fuzz

#endif
