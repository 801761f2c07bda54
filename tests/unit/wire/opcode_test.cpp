// SPDX-License-Identifier: Apache-2.0
#include "wire/opcode.hpp"

#include <set>

#include <doctest/doctest.h>

#include "bytes.hpp"
#include "wire/status.hpp"
#include "wire/validate.hpp"

namespace tenon::wire {
namespace {

// What memcached 1.6.18 was seen to take: extras (two lengths where both are right), key, value.
struct Demand {
    Opcode opcode;
    std::size_t extras, other_extras;
    bool with_key, without_key, with_value;
};

constexpr Demand kDemands[] = {
    {Opcode::get, 0, 0, true, false, false},        {Opcode::getq, 0, 0, true, false, false},
    {Opcode::getk, 0, 0, true, false, false},       {Opcode::getkq, 0, 0, true, false, false},
    {Opcode::set, 8, 8, true, false, true},         {Opcode::setq, 8, 8, true, false, true},
    {Opcode::add, 8, 8, true, false, true},         {Opcode::addq, 8, 8, true, false, true},
    {Opcode::replace, 8, 8, true, false, true},     {Opcode::replaceq, 8, 8, true, false, true},
    {Opcode::remove, 0, 0, true, false, false},     {Opcode::removeq, 0, 0, true, false, false},
    {Opcode::increment, 20, 20, true, false, false}, {Opcode::incrementq, 20, 20, true, false, false},
    {Opcode::decrement, 20, 20, true, false, false}, {Opcode::decrementq, 20, 20, true, false, false},
    {Opcode::append, 0, 0, true, false, true},      {Opcode::appendq, 0, 0, true, false, true},
    {Opcode::prepend, 0, 0, true, false, true},     {Opcode::prependq, 0, 0, true, false, true},
    {Opcode::quit, 0, 0, false, true, false},       {Opcode::quitq, 0, 0, false, true, false},
    {Opcode::flush, 0, 4, false, true, false},      {Opcode::flushq, 0, 4, false, true, false},
    {Opcode::noop, 0, 0, false, true, false},       {Opcode::version, 0, 0, false, true, false},
    {Opcode::stat, 0, 0, true, true, false},        {Opcode::touch, 4, 4, true, false, false},
    {Opcode::gat, 4, 4, true, false, false},        {Opcode::gatq, 4, 4, true, false, false},
    {Opcode::gatk, 4, 4, true, false, false},       {Opcode::gatkq, 4, 4, true, false, false},
    {Opcode::sasl_list, 0, 0, false, true, false},  {Opcode::sasl_auth, 0, 0, true, false, true},
    {Opcode::sasl_step, 0, 0, true, false, true},
};

}  // namespace

TEST_CASE("a request is refused exactly where memcached refuses it") {
    std::set<Opcode> seen;
    for (const Demand &d : kDemands) {
        CAPTURE(name(d.opcode));
        CHECK(info(d.opcode).memcached);
        seen.insert(d.opcode);
        for (const std::size_t extras : {0, 3, 4, 8, 12, 20}) {
            for (const std::size_t key : {0, 1, 250, 251}) {
                for (const std::size_t value : {0, 5}) {
                    Frame frame;
                    frame.magic = Magic::request;
                    frame.opcode = d.opcode;
                    const test::Bytes e(extras), v(value);
                    const std::string k(key, 'k');
                    frame.extras = e;
                    frame.key = k;
                    frame.value = v;
                    const bool good = (extras == d.extras || extras == d.other_extras) &&
                                      (key == 0 ? d.without_key : d.with_key && key <= 250) && (value == 0 || d.with_value);
                    CAPTURE(extras);
                    CAPTURE(key);
                    CAPTURE(value);
                    CHECK(validate_request(frame) == (good ? Status::ok : Status::invalid_arguments));
                }
            }
        }
    }
    for (unsigned i = 0; i < 256; ++i) CHECK(info(static_cast<Opcode>(i)).memcached == seen.contains(static_cast<Opcode>(i)));
}

TEST_CASE("an unknown command is told as such, a long key before it") {
    Frame frame;
    frame.opcode = static_cast<Opcode>(0x7e);
    CHECK(validate_request(frame) == Status::unknown_command);
    const std::string key(251, 'k');
    frame.key = key;
    CHECK(validate_request(frame) == Status::invalid_arguments);
}

TEST_CASE("quiet forms") {
    // 11 to 1a in the order of the loud ones, as the protocol numbers them
    const Opcode loud_forms[] = {Opcode::set, Opcode::add, Opcode::replace, Opcode::remove, Opcode::increment,
                                 Opcode::decrement, Opcode::quit, Opcode::flush, Opcode::append, Opcode::prepend};
    for (unsigned i = 0; i < 10; ++i) {
        const auto q = static_cast<Opcode>(0x11 + i);
        CHECK(loud(q) == loud_forms[i]);
        CHECK(quiet(loud_forms[i]) == q);
        CHECK(is_quiet(q));
    }
    CHECK(loud(Opcode::getq) == Opcode::get);
    CHECK(loud(Opcode::getkq) == Opcode::getk);
    CHECK(loud(Opcode::gatq) == Opcode::gat);
    CHECK(loud(Opcode::gatkq) == Opcode::gatk);
    int quiet_forms = 0;
    for (unsigned i = 0; i < 256; ++i) {
        const auto o = static_cast<Opcode>(i);
        CHECK(loud(loud(o)) == loud(o));
        CHECK(quiet(quiet(o)) == quiet(o));
        CHECK(loud(quiet(o)) == loud(o));
        if (is_quiet(o)) ++quiet_forms;
        if (is_quiet(o)) CHECK(info(o).request == info(loud(o)).request);
    }
    CHECK(quiet_forms == 14);
    CHECK(quiet(Opcode::touch) == Opcode::touch);
    CHECK(loud(static_cast<Opcode>(0x7e)) == static_cast<Opcode>(0x7e));
}

TEST_CASE("names are there for the known and differ") {
    std::set<std::string_view> names;
    int known = 0;
    for (unsigned i = 0; i < 256; ++i) {
        const auto o = static_cast<Opcode>(i);
        if (!is_known(o)) continue;
        ++known;
        names.insert(name(o));
    }
    CHECK(known == 37 + 3 + 3 + 4 + 2 + 3 + 1 + 3);
    CHECK(names.size() == static_cast<std::size_t>(known));
    CHECK(std::string_view(name(Opcode::get_and_lock)) == "get-and-lock");
    CHECK(std::string_view(name(static_cast<Opcode>(0x7e))) == "unknown command");
}

TEST_CASE("only what changes nothing is repeated") {
    using enum Opcode;
    for (const Opcode o : {get, getq, getk, getkq, noop, version, stat, get_replica, get_cluster_config, hello})
        CHECK(is_repeatable(o));
    for (const Opcode o : {set, Opcode::add, replace, append, prepend, remove, increment, decrement, touch, gat, flush,
                           get_and_lock, unlock, setq, incrementq, static_cast<Opcode>(0x7e)})
        CHECK_FALSE(is_repeatable(o));
}

TEST_CASE("statuses") {
    CHECK(std::string_view(name(Status::not_my_vbucket)) == "not my vBucket");
    CHECK(name(static_cast<Status>(0x8f)) == nullptr);
    CHECK(describe(Status::temporary_failure) == "temporary failure (0x86)");
    CHECK(describe(static_cast<Status>(0x8f)) == "status 0x8f");

    CHECK_FALSE(to_error_code(Status::ok));
    CHECK(to_error_code(Status::not_found) == errc::not_found);
    CHECK(to_error_code(Status::temporary_failure) == errc::temporary_failure);
    CHECK(to_error_code(static_cast<Status>(0x8f)).value() == 0x8f);
    // A server cannot make the client believe in one of its own reasons.
    const std::error_code high = to_error_code(static_cast<Status>(0x1000));
    CHECK(high != errc::timeout);
    CHECK(high.message() == "server status 0x1000");
    CHECK(std::error_code(0, error_category()).message() == "success");
}

}  // namespace tenon::wire
