// SPDX-License-Identifier: GPL-2.0-only
#ifndef LIS_GUID_HPP
#define LIS_GUID_HPP

#include <lis/types.h>

namespace lis {

inline bool same_guid(const lis_guid& left, const lis_guid& right) {
    return __builtin_memcmp(left.bytes, right.bytes, sizeof left.bytes) == 0;
}

} // namespace lis

#endif
