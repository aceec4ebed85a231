// SPDX-License-Identifier: GPL-2.0-only
// Texts of the integration services: UTF-16LE with a final 0 on the wire, UTF-8 here.
#ifndef HOST_IC_TEXT_HPP
#define HOST_IC_TEXT_HPP

#include <cstddef>
#include <string>

namespace host {

// Bytes that the text takes with its final 0.
size_t text_bytes(const std::string& utf8);
// Writes it with its final 0, cut between two characters to what fits; returns the bytes used. What is no UTF-8 becomes U+FFFD.
size_t put_text(unsigned char* to, size_t size, const std::string& utf8);
// Up to the final 0. False: there is none, or it is not UTF-16.
bool get_text(const unsigned char* from, size_t size, std::string* utf8);

} // namespace host

#endif
