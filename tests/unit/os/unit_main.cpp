// SPDX-License-Identifier: GPL-2.0-only
// main() of the unit tests: reports of the simulated machine are test failures.
#include "report.hpp"

#include <gtest/gtest.h>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    testos::set_report_sink([](const std::string& text) { ADD_FAILURE() << text; });
    return RUN_ALL_TESTS();
}
