// SPDX-License-Identifier: GPL-2.0-only
// Not in hv_vmbus: mistakes in a core, compiled exactly as cores are.
#include "kunit_core.h"

uint32_t lis_kunit_planted_read(const unsigned char* memory, uint32_t index) {
    return memory[index];
}

void lis_kunit_planted_write(unsigned char* memory, uint32_t index, uint32_t value) {
    memory[index] = static_cast<unsigned char>(value);
}
