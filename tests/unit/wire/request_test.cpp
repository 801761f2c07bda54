// SPDX-License-Identifier: Apache-2.0
#include "wire/request.hpp"

#include <algorithm>

#include <doctest/doctest.h>

#include "bytes.hpp"
#include "wire/observe.hpp"
#include "wire/opcode.hpp"
#include "wire/validate.hpp"

namespace tenon::wire {
namespace {

using test::Bytes;
using test::encoded;
using test::Random;

Bytes with_body(std::initializer_list<unsigned> header, std::string_view body) {
    Bytes out = test::bytes(header);
    const Bytes rest = test::bytes(body);
    out.insert(out.end(), rest.begin(), rest.end());
    return out;
}

Status validate(const Request &r) {
    const Bytes wire = encoded(r);
    Frame frame;
    REQUIRE(decode_frame(wire, kDefaultMaxBody, frame).complete(wire));
    return validate_request(frame);
}

}  // namespace

TEST_CASE("the tutorial's packets, byte for byte") {
    CHECK(encoded(request::sasl_list()) == test::bytes({0x80, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));

    const std::string_view token("foo\0foo\0bar", 11);
    CHECK(encoded(request::sasl_auth("PLAIN", as_bytes(token))) ==
          test::bytes({0x80, 0x21, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00,
                       0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x50, 0x4c, 0x41, 0x49,
                       0x4e, 0x66, 0x6f, 0x6f, 0x00, 0x66, 0x6f, 0x6f, 0x00, 0x62, 0x61, 0x72}));

    Frame frame;
    const Bytes list = with_body({0x81, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "PLAIN");
    REQUIRE(decode_frame(list, kDefaultMaxBody, frame).complete(list));
    CHECK(frame.magic == Magic::response);
    CHECK(frame.opcode == Opcode::sasl_list);
    CHECK(frame.status() == Status::ok);
    CHECK(as_text(frame.value) == "PLAIN");

    const Bytes done =
        with_body({0x81, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "Authenticated");
    REQUIRE(decode_frame(done, kDefaultMaxBody, frame).complete(done));
    CHECK(frame.opcode == Opcode::sasl_auth);
    CHECK(frame.status() == Status::ok);
    CHECK(as_text(frame.value) == "Authenticated");
}

TEST_CASE("layouts, byte for byte") {
    Request set = request::store(Opcode::add, "Hello", as_bytes("World"), 0xdeadbeef, 0x0e10);
    set.vbucket = 3;
    set.opaque = 0x01020304;
    CHECK(encoded(set) == with_body({0x80, 0x02, 0, 5, 8, 0, 0, 3, 0, 0, 0, 0x12, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0,
                                     0xde, 0xad, 0xbe, 0xef, 0x00, 0x00, 0x0e, 0x10}, "HelloWorld"));
    CHECK(encoded(request::counter(Opcode::increment, "counter", {1, 0, 3600})) ==
          with_body({0x80, 0x05, 0, 7, 0x14, 0, 0, 0, 0, 0, 0, 0x1b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                     0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0e, 0x10}, "counter"));
    CHECK(encoded(request::touch("k", 0x01020304)) == with_body({0x80, 0x1c, 0, 1, 4, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0,
                                                                 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, "k"));
    CHECK(encoded(request::flush_at(0x0e10)) == test::bytes({0x80, 0x08, 0, 0, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0,
                                                             0, 0, 0, 0, 0, 0, 0x0e, 0x10}));
    CHECK(encoded(request::set_vbucket(0x0102, VbucketState::pending)) ==
          test::bytes({0x80, 0x3d, 0, 0, 4, 0, 1, 2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}));
}

TEST_CASE("extras decode to what was encoded, and only at their own length") {
    Random random(4);
    const auto number = [&] { return static_cast<std::uint32_t>(random.engine()); };
    for (int i = 0; i < 500; ++i) {
        const StoreExtras store{number(), number()};
        CHECK(StoreExtras::decode(store.encode()) == store);
        const CounterExtras counter{random.engine(), random.engine(), number()};
        CHECK(CounterExtras::decode(counter.encode()) == counter);
        const Extras32 expiry{number()};
        CHECK(Extras32::decode(expiry.encode()) == expiry);
        const CollectionExtras collection{random.engine(), number()};
        CHECK(CollectionExtras::decode(collection.encode()) == collection);
        const std::uint64_t value = random.engine();
        CHECK(decode_counter(encode_counter(value)) == value);
    }
    for (std::size_t size = 0; size < 32; ++size) {
        const test::Exact bytes(Bytes(size, std::byte{1}));
        CHECK(StoreExtras::decode(bytes.view()).has_value() == (size == 8));
        CHECK(CounterExtras::decode(bytes.view()).has_value() == (size == 20));
        CHECK(Extras32::decode(bytes.view()).has_value() == (size == 4));
        CHECK(CollectionExtras::decode(bytes.view()).has_value() == (size == 12));
        CHECK(decode_counter(bytes.view()).has_value() == (size == 8));
    }
    CHECK(decode_vbucket_state(Extras32{2}.encode(), {}) == VbucketState::replica);
    CHECK(decode_vbucket_state({}, Extras32{4}.encode()) == VbucketState::dead);
    CHECK_FALSE(decode_vbucket_state(Extras32{5}.encode(), {}).has_value());
    CHECK_FALSE(decode_vbucket_state({}, {}).has_value());
}

TEST_CASE("the body of observe") {
    Random random(5);
    for (int round = 0; round < 200; ++round) {
        std::vector<std::string> keys;
        Bytes body;
        for (std::size_t n = random.below(6); n > 0; --n) {
            keys.push_back(random.text(random.below(30)));
            const ObserveEntry entry{static_cast<std::uint16_t>(n), keys.back(), 0x80, 42 + n};
            body.resize(body.size() + encoded_size(entry));
            encode(entry, body.data() + body.size() - encoded_size(entry));
        }
        const test::Exact exact(body);
        std::span<const std::byte> rest = exact.view();
        ObserveEntry entry;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            REQUIRE(decode_next(rest, entry));
            CHECK(entry.key == keys[i]);
            CHECK(entry.vbucket == keys.size() - i);
            CHECK(entry.state == 0x80);
            CHECK(entry.cas == 42 + keys.size() - i);
        }
        CHECK(rest.empty());
        CHECK_FALSE(decode_next(rest, entry));
        // Cut anywhere, it never gives more than is there.
        const test::Exact cut(std::span<const std::byte>(body).first(random.below(body.size() + 1)));
        rest = cut.view();
        std::size_t whole = 0;
        while (decode_next(rest, entry)) ++whole;
        CHECK((whole < keys.size() || cut.view().size() == body.size()));
    }
}

TEST_CASE("every builder makes what a server takes") {
    const Bytes v = test::bytes("v");
    using enum Opcode;
    for (const Opcode o : {get, getk, getq, getkq}) CHECK(validate(request::get("k", o)) == Status::ok);
    for (const Opcode o : {gat, gatq, gatk, gatkq}) CHECK(validate(request::get_and_touch("k", 1, o)) == Status::ok);
    for (const Opcode o : {set, setq, Opcode::add, addq, replace, replaceq}) {
        CHECK(validate(request::store(o, "k", v, 1, 2)) == Status::ok);
        CHECK(validate(request::store(o, "k", {}, 1, 2)) == Status::ok);
    }
    for (const Opcode o : {append, appendq, prepend, prependq}) CHECK(validate(request::concatenate(o, "k", v)) == Status::ok);
    for (const Opcode o : {increment, incrementq, decrement, decrementq})
        CHECK(validate(request::counter(o, "k", {})) == Status::ok);
    for (const Opcode o : {stop_persistence, start_persistence, start_replication, stop_replication})
        CHECK(validate(request::control(o)) == Status::ok);
    for (const Opcode o : {get_vbucket, del_vbucket}) CHECK(validate(request::vbucket(o, 1)) == Status::ok);
    for (const Opcode o : {set_param, set_tap_param}) CHECK(validate(request::parameter(o, "name", "1")) == Status::ok);
    const Request others[] = {
        request::remove("k"), request::remove("k", 1, removeq), request::touch("k", 1), request::noop(), request::version(),
        request::quit(), request::quit(quitq), request::stat(), request::stat("items"), request::verbosity(1),
        request::flush(), request::flush(flushq), request::flush_at(5), request::sasl_list(), request::sasl_auth("PLAIN", v),
        request::sasl_step("PLAIN", v), request::hello("agent", v), request::hello({}, {}), request::select_bucket("b"),
        request::get_cluster_config(), request::get_error_map(v), request::get_collections_manifest(),
        request::get_collection_id("a.b"), request::get_scope_id("a"), request::get_replica("k"), request::get_and_lock("k", 5),
        request::unlock("k", 1), request::observe(v), request::evict_key("k"), request::set_vbucket(1, VbucketState::active)};
    for (const Request &r : others) {
        CAPTURE(name(r.opcode));
        CHECK(validate(r) == Status::ok);
    }
    CHECK(request::unlock("k", 77).cas == 77);
    CHECK(request::store(set, "k", v, 0, 0, 78).cas == 78);
}

}  // namespace tenon::wire
