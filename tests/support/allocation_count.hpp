// SPDX-License-Identifier: Apache-2.0
/// @file
/// How often a thread has asked for heap memory, for tests that demand that it does not.
#pragma once

#include <cstdint>

namespace tenon::test {

/// Calls of malloc, calloc, realloc, aligned_alloc and their like (operator new among them) by this thread so far. The
/// program that links allocation_count.cpp has them all counted, in every library it uses.
std::uint64_t allocation_count();

}  // namespace tenon::test
