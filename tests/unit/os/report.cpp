// SPDX-License-Identifier: GPL-2.0-only
#include "report.hpp"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <sanitizer/common_interface_defs.h>

namespace testos {

namespace {
void (*g_sink)(const std::string& text);
}

void set_report_sink(void (*sink)(const std::string& text)) { g_sink = sink; }

void report(const char* format, ...) {
    char text[4096];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s\n", text);
    __sanitizer_print_stack_trace();
    if (!g_sink) abort();
    g_sink(text);
}

} // namespace testos
