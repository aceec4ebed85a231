// SPDX-License-Identifier: GPL-2.0-only
// Where this library says that the code under test broke a rule. GoogleTest turns
// a report into a failure; a fuzzer, which sets no sink, aborts.
#ifndef TESTOS_REPORT_HPP
#define TESTOS_REPORT_HPP

#include <string>

namespace testos {

void set_report_sink(void (*sink)(const std::string& text));
// Printf-like; the place in the code under test is added as a stack trace.
void report(const char* format, ...) __attribute__((format(printf, 1, 2)));

} // namespace testos

#endif
