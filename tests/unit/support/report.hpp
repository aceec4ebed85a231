// SPDX-License-Identifier: GPL-2.0-only
// Where the support code says that the code under test broke a rule. By default that
// ends the program, which is what a fuzzer needs.
#ifndef SUPPORT_REPORT_HPP
#define SUPPORT_REPORT_HPP

namespace support {

extern void (*report)(const char* text);

} // namespace support

#endif
