// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <memory>

#include <tenon/callback.hpp>

namespace {

using tenon::Callback;
using tenon::Reply;

TEST_CASE("a callback calls what it holds, and destroys it once") {
    auto alive = std::make_shared<int>(0);
    {
        Callback callback = [alive](const Reply &reply) { *alive += reply.status; };
        CHECK(alive.use_count() == 2);
        Reply reply;
        reply.status = 7;
        callback(reply);
        callback(reply);
    }
    CHECK(*alive == 14);
    CHECK(alive.use_count() == 1);
}

TEST_CASE("moving a callback moves what it holds") {
    auto alive = std::make_shared<int>(0);
    Callback first = [alive](const Reply &) { ++*alive; };
    Callback second = std::move(first);
    CHECK_FALSE(first);
    second(Reply{});
    Callback third;
    third = std::move(second);
    CHECK_FALSE(second);
    third(Reply{});
    CHECK(*alive == 2);
    CHECK(alive.use_count() == 2);
    third = Callback();
    CHECK(alive.use_count() == 1);
}

TEST_CASE("a capture larger than the inline room works too") {
    std::array<char, 4 * Callback::kInlineSize> large{};
    large.back() = 'x';
    char seen = 0;
    Callback callback = [large, &seen](const Reply &) { seen = large.back(); };
    Callback moved = std::move(callback);
    moved(Reply{});
    CHECK(seen == 'x');
}

TEST_CASE("a capture that only moves is taken") {
    auto number = std::make_unique<int>(5);
    int seen = 0;
    Callback callback = [owned = std::move(number), &seen](const Reply &) { seen = *owned; };
    callback(Reply{});
    CHECK(seen == 5);
}

}  // namespace
