// SPDX-License-Identifier: Apache-2.0
#include "session/negotiation.hpp"

#include <random>

#include <doctest/doctest.h>

#include "../wire/bytes.hpp"
#include "session/sasl.hpp"

namespace tenon::session {
namespace {

using test::Bytes;
using wire::Opcode;
using wire::Status;

Bytes sent(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

Bytes reply(Opcode opcode, Status status, std::string_view value = {}) {
    wire::Message m;
    m.magic = wire::Magic::response;
    m.opcode = opcode;
    m.vbucket_or_status = static_cast<std::uint16_t>(status);
    m.value = wire::as_bytes(value);
    return test::encoded(m);
}

Step answer(Negotiation &n, const Bytes &bytes) {
    wire::Frame frame;
    REQUIRE(wire::decode_frame(bytes, wire::kDefaultMaxBody, frame).complete(bytes));
    return n.on_frame(frame);
}
Step answer(Negotiation &n, Opcode opcode, Status status, std::string_view value = {}) {
    return answer(n, reply(opcode, status, value));
}

bool says(const Step &step, errc code, std::string_view part) {
    if (step.failed() && step.error.code == code && step.error.message.find(part) != std::string::npos) return true;
    MESSAGE("got: ", step.error.code.message(), ": ", step.error.message);
    return false;
}

const Bytes kList = test::bytes({0x80, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});

}  // namespace

TEST_CASE("the tutorial's conversation, byte for byte") {
    Negotiation n({"foo", "", "bar"});
    CHECK(sent(n.start()) == kList);

    const Step auth = answer(n, test::bytes({0x81, 0x20, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                             0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                             0x00, 0x00, 0x00, 0x00, 0x50, 0x4c, 0x41, 0x49, 0x4e}));
    CHECK_FALSE(auth.ready());
    CHECK_FALSE(auth.failed());
    CHECK(sent(auth.send) == test::bytes({0x80, 0x21, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                          0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                          0x00, 0x00, 0x00, 0x00, 0x50, 0x4c, 0x41, 0x49, 0x4e, 0x66,
                                          0x6f, 0x6f, 0x00, 0x66, 0x6f, 0x6f, 0x00, 0x62, 0x61, 0x72}));

    const Step done = answer(n, test::bytes({0x81, 0x21, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0d, 0x00,
                                             0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x41, 0x75,
                                             0x74, 0x68, 0x65, 0x6e, 0x74, 0x69, 0x63, 0x61, 0x74, 0x65, 0x64}));
    CHECK(done.ready());
    CHECK(done.send.empty());
}

TEST_CASE("who has to authenticate") {
    const auto after_list = [](Credentials c) {
        Negotiation n(std::move(c));
        n.start();
        return answer(n, Opcode::sasl_list, Status::ok, "PLAIN").ready();
    };
    CHECK(after_list({"default", "", ""}));
    CHECK(after_list({"", "", ""}));
    CHECK_FALSE(after_list({"default", "", "pw"}));
    CHECK_FALSE(after_list({"default", "me", ""}));
    CHECK_FALSE(after_list({"other", "", ""}));
    // Nobody who needs no mechanism cares which there are.
    Negotiation n({"default", "", ""});
    n.start();
    CHECK(answer(n, Opcode::sasl_list, Status::ok, "GSSAPI").ready());
}

TEST_CASE("a server without SASL") {
    for (const Status status : {Status::unknown_command, Status::not_supported}) {
        Negotiation without({"bucket", "user", ""});
        without.start();
        CHECK(answer(without, Opcode::sasl_list, status, "Unknown command").ready());
        Negotiation with({"bucket", "", "pw"});
        with.start();
        CHECK(says(answer(with, Opcode::sasl_list, status), errc::authentication, "knows no authentication"));
    }
}

TEST_CASE("mechanisms") {
    CHECK(sasl::offers("PLAIN", "PLAIN"));
    CHECK(sasl::offers("CRAM-MD5 PLAIN", "PLAIN"));
    CHECK(sasl::offers("CRAM-MD5  PLAIN GSSAPI ", "PLAIN"));
    for (const char *none : {"", " ", "CRAM-MD5", "PLAINS", "XPLAIN", "plain", "SCRAM-SHA1 SCRAM-SHA256"})
        CHECK_FALSE(sasl::offers(none, "PLAIN"));

    Negotiation n({"b", "", "pw"});
    n.start();
    const Step step = answer(n, Opcode::sasl_list, Status::ok, "CRAM-MD5 GSSAPI\n");
    CHECK(says(step, errc::no_common_mechanism, "\"CRAM-MD5 GSSAPI?\", this client speaks \"PLAIN\""));
}

TEST_CASE("refused") {
    Negotiation n({"bucket", "", "wrong"});
    const auto to_auth = [&](Status status) {
        n = Negotiation({"bucket", "", "wrong"});
        n.start();
        answer(n, Opcode::sasl_list, Status::ok, "PLAIN");
        return answer(n, Opcode::sasl_auth, status, "Auth failure");
    };
    CHECK(says(to_auth(Status::auth_error), errc::authentication, "user \"bucket\": authentication refused (0x20)"));
    CHECK(to_auth(Status::auth_error).error.message.find("wrong") == std::string::npos);  // no password in a message
    CHECK(says(to_auth(Status::unknown_command), errc::authentication, "bucket"));
    CHECK(says(to_auth(Status::auth_continue), errc::protocol, "another step"));
    CHECK(says(to_auth(Status::temporary_failure), errc::temporary_failure, "bucket"));
    CHECK(to_auth(static_cast<Status>(0x8f)).error.code.value() == 0x8f);

    n = Negotiation({"bucket", "", "pw"});
    n.start();
    CHECK(says(answer(n, Opcode::sasl_list, Status::busy), errc::busy, "no SASL mechanisms"));
}

TEST_CASE("a zero byte in a name or password is never sent") {
    for (const Credentials &c : {Credentials{"b", std::string("a\0b", 3), "pw"}, Credentials{"b", "", std::string("p\0w", 3)}}) {
        Negotiation n(c);
        n.start();
        const Step step = answer(n, Opcode::sasl_list, Status::ok, "PLAIN");
        CHECK(says(step, errc::invalid_option, "zero byte"));
        CHECK(step.send.empty());
    }
}

TEST_CASE("a user that is not the bucket selects it") {
    const auto selecting = [](Negotiation &n) {
        n.start();
        answer(n, Opcode::sasl_list, Status::ok, "PLAIN");
        const Step step = answer(n, Opcode::sasl_auth, Status::ok);
        Bytes expected = test::encoded(wire::request::select_bucket("travel"));
        const Bytes noop = test::encoded(wire::request::noop());
        expected.insert(expected.end(), noop.begin(), noop.end());
        CHECK(sent(step.send) == expected);
    };
    for (const Status status : {Status::ok, Status::unknown_command, Status::not_supported}) {
        Negotiation n({"travel", "me", "pw"});
        selecting(n);
        const Step step = answer(n, Opcode::select_bucket, status);
        CHECK(step.outcome == Step::Outcome::more);
        CHECK(step.send.empty());
        CHECK(answer(n, Opcode::noop, Status::ok).ready());
    }
    for (const Status status : {Status::no_access, Status::not_found}) {
        Negotiation n({"travel", "me", "pw"});
        selecting(n);
        CHECK(says(answer(n, Opcode::select_bucket, status), errc::bucket_not_found, "\"me\" cannot select bucket \"travel\""));
    }
    Negotiation n({"travel", "me", "pw"});
    selecting(n);
    CHECK(says(answer(n, Opcode::select_bucket, Status::temporary_failure), errc::temporary_failure, "travel"));
}

TEST_CASE("lies and surprises are protocol errors") {
    const auto started = [] {
        Negotiation n({"b", "", "pw"});
        n.start();
        return n;
    };
    SUBCASE("another command") {
        Negotiation n = started();
        CHECK(says(answer(n, Opcode::get, Status::ok), errc::protocol, "reply to get (opaque 0) where one to sasl-list"));
    }
    SUBCASE("another opaque") {
        Negotiation n = started();
        Bytes bytes = reply(Opcode::sasl_list, Status::ok, "PLAIN");
        wire::patch_opaque(bytes.data(), 7);
        CHECK(says(answer(n, bytes), errc::protocol, "opaque 7"));
    }
    SUBCASE("a request") {
        Negotiation n = started();
        CHECK(says(answer(n, kList), errc::protocol, "something else than a reply"));
    }
    SUBCASE("before the start") {
        Negotiation n({"b", "", "pw"});
        CHECK(says(answer(n, Opcode::sasl_list, Status::ok), errc::protocol, "nobody asked"));
    }
    SUBCASE("after the end") {
        Negotiation n({"default", "", ""});
        n.start();
        CHECK(answer(n, Opcode::sasl_list, Status::ok).ready());
        CHECK(says(answer(n, Opcode::sasl_list, Status::ok), errc::protocol, "nobody asked"));
    }
    SUBCASE("authentication claimed before it was asked for") {
        Negotiation n = started();
        CHECK(says(answer(n, Opcode::sasl_auth, Status::ok), errc::protocol, "sasl-auth"));
    }
}

TEST_CASE("whatever comes, it ends, and only a granted one is ready") {
    test::Random random(8);
    const Opcode opcodes[] = {Opcode::sasl_list, Opcode::sasl_auth, Opcode::select_bucket, Opcode::noop, Opcode::get};
    const Status statuses[] = {Status::ok, Status::ok, Status::ok, Status::auth_error, Status::unknown_command,
                               Status::auth_continue, Status::busy};
    int ready = 0;
    for (int round = 0; round < 20000; ++round) {
        const bool anonymous = random.below(4) == 0;
        Negotiation n(anonymous ? Credentials{"default", "", ""} : Credentials{"b", random.below(2) == 0 ? "u" : "", "pw"});
        n.start();
        bool granted = anonymous;
        Step step;
        for (int i = 0; i < 6 && step.outcome == Step::Outcome::more; ++i) {
            const Opcode opcode = opcodes[random.below(i == 0 ? 2 : i == 1 ? 3 : 5)];
            const Status status = statuses[random.below(7)];
            if (opcode == Opcode::sasl_auth && status == Status::ok) granted = true;
            step = answer(n, opcode, status, random.below(3) == 0 ? random.text(random.below(300)) : "PLAIN");
        }
        REQUIRE(step.outcome != Step::Outcome::more);
        if (step.ready()) {
            ++ready;
            REQUIRE(granted);
        } else {
            REQUIRE(step.error);
            REQUIRE_FALSE(step.error.message.empty());
        }
    }
    CHECK(ready > 100);
}

}  // namespace tenon::session
