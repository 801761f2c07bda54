// SPDX-License-Identifier: Apache-2.0
// The checker on histories written by hand: what it must accept, and what it must not.
#include <doctest/doctest.h>

#include <deque>
#include <vector>

#include <tenon/errc.hpp>

#include "item_model.hpp"
#include "linearize.hpp"

using namespace tenon::simulation;
using tenon::errc;
using Verdict = Judgement::Verdict;

namespace {

constexpr Time kSecond = 1'000'000;

/// A history of one item, call by call.
struct Script {
    std::deque<Call> calls;
    Upheavals upheavals;

    Call &add(Action action, Time invoked, Time completed) {
        Call &call = calls.emplace_back();
        call.id = static_cast<std::uint32_t>(calls.size());
        call.action = action;
        call.invoked = invoked;
        call.completed = completed;
        return call;
    }
    Call &set(Time invoked, Time completed, const char *value, std::uint64_t cas, std::uint32_t seconds = 0) {
        Call &call = add(Action::set, invoked, completed);
        call.value = value;
        call.result_cas = cas;
        call.seconds = seconds;
        return call;
    }
    Call &get(Time invoked, Time completed, const char *value, std::uint64_t cas) {
        Call &call = add(Action::get, invoked, completed);
        call.result = value;
        call.result_cas = cas;
        return call;
    }
    Call &miss(Time invoked, Time completed) {
        return fails(add(Action::get, invoked, completed), errc::not_found);
    }
    static Call &fails(Call &call, errc error) {
        call.error = static_cast<int>(error);
        call.result_cas = 0;
        return call;
    }
    Verdict judge() const {
        std::vector<const Call *> all;
        for (const Call &call : calls) all.push_back(&call);
        return linearize(all, upheavals).verdict;
    }
};

}  // namespace

TEST_CASE("reads see the last write, or one that is under way") {
    Script s;
    s.miss(0, 5);
    s.set(10, 20, "w1;", 1);
    s.get(30, 40, "w1;", 1);
    s.set(50, 90, "w2;", 2);
    s.get(60, 70, "w1;", 1);
    s.get(75, 80, "w2;", 2);
    CHECK(s.judge() == Verdict::in_order);
    s.get(81, 85, "w1;", 1);  // and back again
    CHECK(s.judge() == Verdict::impossible);
}

TEST_CASE("an acknowledged write that is gone") {
    Script s;
    s.set(10, 20, "w1;", 1);
    s.miss(30, 40);
    CHECK(s.judge() == Verdict::impossible);
}

TEST_CASE("a write with no answer may happen later, or never, but once") {
    Script s;
    s.set(0, 5, "w0;", 1);
    Call &lost = s.add(Action::append, 10, 20);
    lost.value = "w1;";
    Script::fails(lost, errc::timeout);
    SUBCASE("never") {
        s.get(30, 40, "w0;", 1);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("later") {
        s.get(30, 40, "w0;", 1);
        s.get(50, 60, "w0;w1;", 2);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("not before it was asked for") {
        s.get(6, 9, "w0;w1;", 2);
        CHECK(s.judge() == Verdict::impossible);
    }
    SUBCASE("not twice") {
        s.get(50, 60, "w0;w1;w1;", 3);
        CHECK(s.judge() == Verdict::impossible);
    }
    SUBCASE("not undone") {
        s.get(50, 60, "w0;w1;", 2);
        s.get(70, 80, "w0;", 1);
        CHECK(s.judge() == Verdict::impossible);
    }
}

TEST_CASE("a refusal is an observation, a busy server's is none") {
    Script s;
    Call &add = s.add(Action::add, 0, 5);
    add.value = "w1;";
    Script::fails(add, errc::busy);
    s.miss(10, 20);
    CHECK(s.judge() == Verdict::in_order);
    Call &again = s.add(Action::add, 30, 35);
    again.value = "w2;";
    Script::fails(again, errc::exists);
    CHECK(s.judge() == Verdict::impossible);
}

TEST_CASE("counters count every delta once") {
    Script s;
    Call &first = s.add(Action::increment, 0, 5);
    first.creates = true;
    first.initial = 100;
    first.counter = 100;
    first.result_cas = 1;
    Call &second = s.add(Action::increment, 10, 15);
    second.delta = 7;
    second.result_cas = 2;
    SUBCASE("once") {
        second.counter = 107;
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("twice") {
        second.counter = 114;
        CHECK(s.judge() == Verdict::impossible);
    }
    SUBCASE("not at all") {
        second.counter = 107;
        s.get(20, 25, "100", 1);
        CHECK(s.judge() == Verdict::impossible);
    }
}

TEST_CASE("a CAS lets one of two through") {
    Script s;
    s.set(0, 5, "w0;", 1);
    s.set(10, 20, "w1;", 2).cas = 1;
    Call &second = s.set(10, 20, "w2;", 3);
    second.cas = 1;
    CHECK(s.judge() == Verdict::impossible);
    Script::fails(second, errc::exists);
    CHECK(s.judge() == Verdict::in_order);
}

TEST_CASE("a CAS that another write was given is not the item's") {
    Script s;
    s.set(0, 5, "w0;", 1);
    s.set(10, 20, "w1;", 2);
    s.get(30, 40, "w1;", 1);
    CHECK(s.judge() == Verdict::impossible);
}

TEST_CASE("items go when their time is over, not before and not much later") {
    Script s;
    s.set(0, 10, "w0;", 1, 2);
    SUBCASE("too early") {
        s.miss(kSecond, kSecond + 10);
        CHECK(s.judge() == Verdict::impossible);
    }
    SUBCASE("in time") {
        s.get(kSecond, kSecond + 10, "w0;", 1);
        s.miss(2 * kSecond, 2 * kSecond + 5);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("too late") {
        s.get(2 * kSecond + 20, 2 * kSecond + 30, "w0;", 1);
        CHECK(s.judge() == Verdict::impossible);
    }
    SUBCASE("touched") {
        Call &touch = s.add(Action::touch, kSecond, kSecond + 10);
        touch.seconds = 5;
        touch.result_cas = 1;
        s.get(4 * kSecond, 4 * kSecond + 10, "w0;", 1);
        s.miss(7 * kSecond, 7 * kSecond + 10);
        CHECK(s.judge() == Verdict::in_order);
    }
}

TEST_CASE("a touch that changes nothing now may undo another one later") {
    Script s;
    s.set(0, 10, "w0;", 1);
    s.add(Action::touch, 20, 30).result_cas = 1;
    Call &second = s.add(Action::touch, 20, 30);
    second.seconds = 2;
    second.result_cas = 1;
    s.get(5 * kSecond, 5 * kSecond + 10, "w0;", 1);
    CHECK(s.judge() == Verdict::in_order);
}

TEST_CASE("a lock keeps others out until it is opened, over, or left behind") {
    Script s;
    s.set(0, 5, "w0;", 1);
    Call &lock = s.add(Action::lock, 10, 20);
    lock.result = "w0;";
    lock.result_cas = 2;
    lock.seconds = 15;
    SUBCASE("others") {
        Script::fails(s.set(30, 40, "w1;", 0), errc::exists);
        s.get(50, 60, "w0;", kLockedCas);
        CHECK(s.judge() == Verdict::in_order);
        s.set(70, 80, "w2;", 3);
        CHECK(s.judge() == Verdict::impossible);
    }
    SUBCASE("the holder") {
        s.set(30, 40, "w1;", 3).cas = 2;
        s.get(50, 60, "w1;", 3);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("unlocked") {
        s.add(Action::unlock, 30, 40).cas = 2;
        s.set(50, 60, "w1;", 3);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("over") {
        s.set(16 * kSecond, 16 * kSecond + 10, "w1;", 3);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("left behind") {
        s.set(70, 80, "w2;", 3);
        s.upheavals.moves = {65};
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("moved before it was made") {
        s.set(70, 80, "w2;", 3);
        s.upheavals.moves = {8};
        CHECK(s.judge() == Verdict::impossible);
    }
}

TEST_CASE("a fallback loses the newest, in order, and nothing comes back") {
    Script s;
    s.set(0, 5, "w0;", 1);
    s.set(10, 15, "w1;", 2);
    s.set(20, 25, "w2;", 3);
    s.upheavals.fallbacks = {{30}};
    SUBCASE("one lost") {
        s.get(40, 45, "w1;", 2);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("none lost") {
        s.get(40, 45, "w2;", 3);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("all lost") {
        s.miss(40, 45);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("not before") {
        s.get(26, 29, "w1;", 2);
        CHECK(s.judge() == Verdict::impossible);
    }
    SUBCASE("not twice") {
        s.get(40, 45, "w1;", 2);
        s.get(50, 55, "w0;", 1);
        CHECK(s.judge() == Verdict::impossible);
    }
    SUBCASE("what was written after it stays") {
        s.set(40, 45, "w3;", 4);
        s.get(50, 55, "w2;", 3);
        CHECK(s.judge() == Verdict::impossible);
    }
}

TEST_CASE("a fallback undoes no more changes than the new owner lacked") {
    Script s;
    s.set(0, 5, "w0;", 1);
    s.set(10, 15, "w1;", 2);
    s.get(16, 17, "w1;", 2);
    s.set(20, 25, "w2;", 3);
    s.upheavals.fallbacks = {{30, 1}};
    SUBCASE("one, and a read is none") {
        s.get(40, 45, "w1;", 2);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("none") {
        s.get(40, 45, "w2;", 3);
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("two") {
        s.get(40, 45, "w0;", 1);
        CHECK(s.judge() == Verdict::impossible);
        s.upheavals.fallbacks = {{30, 2}};
        CHECK(s.judge() == Verdict::in_order);
    }
    SUBCASE("two, of which nobody knows that one was made") {
        Call &call = s.set(26, 29, "w3;", 0);
        Script::fails(call, errc::network);
        s.get(40, 45, "w2;", 3);
        CHECK(s.judge() == Verdict::in_order);
    }
}

TEST_CASE("what was lost is gone") {
    Script s;
    s.set(0, 5, "w0;", 1);
    s.upheavals.losses = {30};
    s.miss(40, 45);
    CHECK(s.judge() == Verdict::in_order);
    s.get(50, 55, "w0;", 1);
    CHECK(s.judge() == Verdict::impossible);
}

TEST_CASE("a flush removes the item, for certain or perhaps, and once") {
    Script s;
    s.set(0, 5, "w0;", 1);
    s.upheavals.flushes = {{10, 20, true}};
    s.set(12, 18, "w1;", 2);
    SUBCASE("before the other change") { s.get(30, 40, "w1;", 2); }
    SUBCASE("after it") { s.miss(30, 40); }
    CHECK(s.judge() == Verdict::in_order);
    s.set(50, 55, "w2;", 3);
    s.upheavals.flushes.push_back({60, kNever, false});
    CHECK(s.judge() == Verdict::in_order);
    s.get(70, 75, "w2;", 3);
    s.miss(90, 95);
    CHECK(s.judge() == Verdict::in_order);
    s.set(100, 105, "w3;", 4);
    s.miss(110, 115);
    CHECK(s.judge() == Verdict::impossible);
}

TEST_CASE("the item of before a flush is not there any more, but a replica that lacks it may have it") {
    Script s;
    s.set(0, 5, "w0;", 1);
    s.upheavals.flushes = {{10, 20, true}};
    s.get(60, 65, "w0;", 1);
    CHECK(s.judge() == Verdict::impossible);
    s.upheavals.fallbacks = {{30, 1}};
    CHECK(s.judge() == Verdict::in_order);
}

TEST_CASE("who asks whether an item is there is told the CAS of its lock") {
    Script s;
    s.set(0, 5, "w0;", 1);
    Call &lock = s.add(Action::lock, 10, 15);
    lock.seconds = 10;
    lock.result = "w0;";
    lock.result_cas = 2;
    s.add(Action::exists, 20, 25).result_cas = 2;
    CHECK(s.judge() == Verdict::in_order);
    s.add(Action::exists, 30, 35).result_cas = 1;
    CHECK(s.judge() == Verdict::impossible);
}

TEST_CASE("contended items with many unanswered writes are judged quickly") {
    Script s;
    std::uint64_t cas = 0;
    s.set(0, 5, "w0;", ++cas);
    for (unsigned i = 0; i < 60; ++i) {
        const Time at = 10 + i * 10;
        Call &call = s.add(i % 2 == 0 ? Action::append : Action::set, at, at + 35);
        call.value = "w" + std::to_string(i + 1) + ";";
        call.result_cas = ++cas;
        if (i % 5 == 0) Script::fails(call, errc::network);
    }
    s.get(1000, 1010, "w60;", cas);
    std::vector<const Call *> all;
    for (const Call &call : s.calls) all.push_back(&call);
    const Judgement judgement = linearize(all, {});
    CHECK(judgement.verdict == Verdict::in_order);
    CHECK(judgement.states < 10'000);
}
