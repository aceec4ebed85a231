// SPDX-License-Identifier: GPL-2.0-only
// For a test program: what the support code reports fails the running test.
#ifndef SUPPORT_REPORT_TO_GTEST_HPP
#define SUPPORT_REPORT_TO_GTEST_HPP

#include "report.hpp"

#include <gtest/gtest.h>

namespace support {

[[maybe_unused]] static const bool reports_to_gtest =
    (report = [](const char* text) { ADD_FAILURE() << text; }, true);

} // namespace support

#endif
