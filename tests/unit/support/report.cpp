// SPDX-License-Identifier: GPL-2.0-only
#include "report.hpp"

#include <cstdio>
#include <cstdlib>

namespace support {

namespace {

void die(const char* text) {
    fprintf(stderr, "%s\n", text);
    abort();
}

} // namespace

void (*report)(const char* text) = die;

} // namespace support
