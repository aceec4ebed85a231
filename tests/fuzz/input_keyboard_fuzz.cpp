// SPDX-License-Identifier: GPL-2.0-only
// A hostile host's keyboard, from before the handshake to the end (input_support.hpp).
#include "input_support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // A type that exists, and up to 15 bytes behind it.
    fuzz::play<input_test::KeyboardDriver>(data, size, [](fuzz::Input& input) {
        const uint8_t what = input.byte();
        fuzz::Bytes message = {static_cast<unsigned char>(what % 6), 0, 0, 0};
        const fuzz::Bytes rest = input.bytes(what >> 4);
        message.insert(message.end(), rest.begin(), rest.end());
        return message;
    });
    return 0;
}
