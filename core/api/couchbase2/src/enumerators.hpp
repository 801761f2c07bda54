// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <type_traits>

namespace tenon::couchbase2 {

/// The number in an enumeration field of a C program's struct, where any number may stand; C++ may not even look at one
/// that is no enumerator.
template <class Enumeration>
unsigned number_of(const Enumeration &field) {
    static_assert(std::is_enum_v<Enumeration> && sizeof(Enumeration) == sizeof(unsigned));
    unsigned number;
    std::memcpy(&number, &field, sizeof number);
    return number;
}

}  // namespace tenon::couchbase2
