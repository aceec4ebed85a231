// SPDX-License-Identifier: GPL-2.0-only
// A hostile host's mouse, from before the handshake to the end (input_support.hpp).
#include "input_support.hpp"

namespace {

void append32(fuzz::Bytes& bytes, uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<unsigned char>(value >> shift));
}

// A pipe header and a message header of a type that exists, whose sizes are right or the
// input's, and data: up to 63 bytes of the input, and what they are short of as a
// description.
fuzz::Bytes frame(fuzz::Input& input) {
    const uint8_t what = input.byte();
    fuzz::Bytes rest = input.bytes(input.below(64));
    if ((what & 0x10) != 0) rest.resize(41 + input.word() % 4300, 0x11);
    const uint32_t size = static_cast<uint32_t>(rest.size());
    fuzz::Bytes message;
    append32(message, 1);
    append32(message, (what & 0x20) != 0 ? input.word() : 8 + size);
    append32(message, what % 6);
    append32(message, (what & 0x40) != 0 ? input.word() : size);
    message.insert(message.end(), rest.begin(), rest.end());
    return message;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::play<input_test::MouseDriver>(data, size, frame);
    return 0;
}
