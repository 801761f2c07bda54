// SPDX-License-Identifier: Apache-2.0
// The first map where several hosts are given: all are asked at once, and have to agree.
#include "monitor_rig.hpp"

using namespace tenon::bootstrap;
using namespace tenon::test;
using tenon::Error;
using tenon::errc;

namespace {

/// The stream itself: one request, after which a test says when the answer comes.
std::string stream_of(const HttpServer &server) {
    return "http://" + server.authority() + "/pools/default/bucketsStreaming/default";
}

Options streams_of(const std::vector<const HttpServer *> &servers) {
    std::vector<std::string> hosts;
    for (const HttpServer *server : servers) hosts.push_back(stream_of(*server));
    return from(std::move(hosts));
}

const std::string kElsewhere = revised(2, "other", 9);

/// Starts, and runs until all have been asked.
void ask(Watcher &watcher, const Options &options, const std::vector<const HttpServer *> &servers) {
    REQUIRE_FALSE(watcher.start(options));
    REQUIRE(watcher.until([&] {
        for (const HttpServer *server : servers)
            if (server->requests.empty()) return false;
        return true;
    }));
}

}  // namespace

TEST_CASE("more than half of the hosts are enough, and the others are not waited for") {
    TestLoop loop;
    ScriptedHost a(loop, streaming(bucket(7))), silent(loop), b(loop, streaming(bucket(7)));
    Watcher watcher(loop);
    watcher.run(asking({&a, &silent, &b}));
    REQUIRE(watcher.maps.size() == 1);
    CHECK(watcher.port(0) == 7);
    CHECK(watcher.took_ms < 4'000);
    CHECK(silent.requests.size() == 1);
    // One stream is kept.
    CHECK(watcher.until([&] { return a.connections() + b.connections() + silent.connections() == 1; }));
    CHECK(watcher.warnings.empty());
}

TEST_CASE("less than that is not enough while others may still answer") {
    TestLoop loop;
    ScriptedHost a(loop), b(loop), c(loop), d(loop);
    Watcher watcher(loop);
    ask(watcher, streams_of({&a, &b, &c, &d}), {&a, &b, &c, &d});
    a.send(stream(bucket(7)));
    b.send(stream(bucket(7)));
    loop.run_for(30'000);
    CHECK(watcher.maps.empty());

    SUBCASE("until one more agrees") { c.send(stream(bucket(7))); }
    SUBCASE("until one more agrees, after another did not") {
        d.send(stream(kElsewhere));
        loop.run_for(30'000);
        CHECK(watcher.maps.empty());
        c.send(stream(bucket(7)));
    }
    SUBCASE("until they have failed") {
        c.drop_connections();
        d.send("220 mail.example ESMTP\r\n");
    }
    CHECK(watcher.await(1));
    REQUIRE(watcher.maps.size() == 1);
    CHECK(watcher.port(0) == 7);
    CHECK(watcher.failures == 0);
}

TEST_CASE("a host that lies among three is outvoted, and the log says so") {
    TestLoop loop;
    ScriptedHost a(loop), liar(loop), b(loop);
    std::string lie, logged;
    SUBCASE("another cluster's map") {
        lie = stream(kElsewhere);
        logged = "outvoted: " + liar.authority() + " says bucket \"default\", uuid other, revision 9, server 127.0.0.1:2";
    }
    SUBCASE("another bucket's map") {
        std::string other = bucket(2);
        other.replace(other.find("\"default\""), 9, "\"another\"");
        lie = stream(other);
        logged = liar.authority() + " sent: a map of another bucket than \"default\"";
    }
    SUBCASE("a map that contradicts itself") {
        std::string broken = bucket(2);
        broken.replace(broken.find("[[0],[0]]"), 9, "[[0],[1]]");
        lie = stream(broken);
        logged = liar.authority() + " sent: cluster map of bucket \"default\": vBucketMap[1][0] names server 1 of 1";
    }
    SUBCASE("no HTTP at all") {
        lie = "220 mail.example ESMTP\r\n";
        logged = liar.authority();
    }
    SUBCASE("no such bucket") {
        lie = kNotFound;
        logged = liar.authority() + " has no bucket \"default\"";
    }
    Watcher watcher(loop);
    ask(watcher, streams_of({&a, &liar, &b}), {&a, &liar, &b});
    liar.send(lie);
    a.send(stream(revised(1, "u", 4)));
    loop.run_for(50'000);
    CHECK(watcher.maps.empty());
    b.send(stream(revised(1, "u", 4)));
    REQUIRE(watcher.await(1));
    CHECK(watcher.port(0) == 1);
    CHECK(watcher.failures == 0);
    CHECK(watcher.warned(logged) == 1);
    CHECK(watcher.warnings.size() == 1);
}

TEST_CASE("hosts that disagree are a split brain, and the error names each side") {
    TestLoop loop;
    ClosedPort nobody;
    const std::string closed = "127.0.0.1:" + std::to_string(nobody.port);
    ScriptedHost a(loop, streaming(revised(1, "u", 4))), b(loop, streaming(kElsewhere)), c(loop, streaming(bucket(3)));
    Watcher watcher(loop);

    SUBCASE("one to one") { watcher.run(asking({&a, &b})); }
    SUBCASE("one to one, and one that is not there") { watcher.run(from({a.authority(), closed, b.authority()})); }
    SUBCASE("one to one to one") {
        watcher.run(asking({&a, &b, &c}));
        CHECK(watcher.says(c.authority() + " says bucket \"default\", server 127.0.0.1:3"));
    }
    SUBCASE("two to one to one") {
        ScriptedHost same(loop, streaming(revised(1, "u", 4)));
        watcher.run(asking({&a, &b, &c, &same}));
        CHECK(watcher.says(a.authority() + " and " + same.authority() + " say bucket \"default\", uuid u"));
    }
    SUBCASE("one that is named twice has one vote") { watcher.run(asking({&a, &a, &b})); }
    SUBCASE("the same revision told in two ways") {
        b.handle(streaming(revised(9, "u", 4)));
        watcher.run(asking({&a, &b}));
        CHECK(watcher.says("server 127.0.0.1:9"));
    }
    CHECK(watcher.error.code == errc::split_brain);
    CHECK(watcher.says(a.authority()));
    CHECK(watcher.says("uuid u, revision 4, server 127.0.0.1:1"));
    CHECK(watcher.says(b.authority()));
    CHECK(watcher.maps.empty());
    CHECK(watcher.failures == 1);
    CHECK(watcher.until([&] { return a.connections() + b.connections() + c.connections() == 0; }));
    CHECK(watcher.failures == 1);
}

TEST_CASE("old and new of one bucket are no conflict: the newest is taken") {
    TestLoop loop;
    ScriptedHost old(loop), fresh(loop);
    Watcher watcher(loop);
    ask(watcher, streams_of({&old, &fresh}), {&old, &fresh});
    bool old_first = false;
    SUBCASE("the older one first") { old_first = true; }
    SUBCASE("the newer one first") {}
    (old_first ? old : fresh).send(stream(old_first ? revised(5, "u", 5) : revised(6, "u", 6)));
    loop.run_for(30'000);
    CHECK(watcher.maps.empty());
    (old_first ? fresh : old).send(stream(old_first ? revised(6, "u", 6) : revised(5, "u", 5)));
    REQUIRE(watcher.await(1));
    CHECK(watcher.port(0) == 6);
    CHECK(watcher.until([&] { return old.connections() == 0; }));  // the one that knows more is listened to
    CHECK(fresh.connections() == 1);
}

TEST_CASE("the first answer is enough where that is wanted") {
    TestLoop loop;
    ScriptedHost slow(loop), quick(loop, streaming(bucket(2))), refusing(loop, answering(kUnauthorized));
    Watcher watcher(loop);
    Options options = asking({&slow, &quick, &refusing});
    options.agreement = Agreement::first;
    watcher.run(options);
    REQUIRE(watcher.maps.size() == 1);
    CHECK(watcher.port(0) == 2);
    CHECK(watcher.took_ms < 4'000);
    CHECK(watcher.until([&] { return slow.connections() == 0; }));

    quick.say(bucket(3));
    REQUIRE(watcher.await(2));
    CHECK(watcher.port(1) == 3);
    slow.handle(streaming(revised(4, "other", 1)));
    quick.die();
    REQUIRE(watcher.await(3));
    CHECK(watcher.port(2) == 4);
}

TEST_CASE("most hosts' refusal ends the bootstrap at once, one host's does not") {
    TestLoop loop;
    ScriptedHost a(loop, answering(kUnauthorized)), b(loop, answering(kUnauthorized)), other(loop);
    Watcher watcher(loop);

    SUBCASE("two of three, and one that is silent") {
        watcher.run(asking({&a, &other, &b}));
        CHECK(watcher.error.code == errc::authentication);
        CHECK(watcher.says(a.authority()));
        CHECK(watcher.says(b.authority()));
        CHECK(watcher.took_ms < 4'000);
    }
    SUBCASE("no such bucket") {
        a.handle(answering(kNotFound));
        b.handle(management(answering(kNotFound)));
        watcher.run(asking({&a, &b}));
        // Where /pools itself is not there, that is no word about a bucket.
        CHECK(watcher.error.code == errc::no_host);
        a.handle(management(answering(kNotFound)));
        Watcher again(loop);
        again.run(asking({&a, &b}));
        CHECK(again.error.code == errc::bucket_not_found);
    }
    SUBCASE("one of two, and the other one has a map") {
        other.handle(streaming(bucket(5)));
        watcher.run(asking({&a, &other}));
        CHECK(watcher.maps.size() == 1);
    }
    SUBCASE("one of three, and the others are not there") {
        ClosedPort nobody;
        watcher.run(from({"127.0.0.1:" + std::to_string(nobody.port), a.authority(), "127.0.0.1:1"}));
        CHECK(watcher.error.code == errc::authentication);
        CHECK(watcher.says(a.authority()));
        CHECK(watcher.says(tenon::describe_errno(ECONNREFUSED)));
    }
    SUBCASE("one of two, and the other one says something else") {
        other.handle(answering("220 mail.example ESMTP\r\n"));
        watcher.run(asking({&a, &other}));
        CHECK(watcher.error.code == errc::no_host);
    }
    SUBCASE("each its own") {
        other.handle(management(answering(kNotFound)));
        watcher.run(asking({&a, &other}));
        CHECK(watcher.error.code == errc::no_host);
    }
    SUBCASE("the first answer is wanted") {
        Options options = asking({&a, &other, &b});
        options.agreement = Agreement::first;
        watcher.run(options);
        CHECK(watcher.error.code == errc::authentication);
    }
    CHECK(watcher.failures + static_cast<int>(watcher.maps.size()) == 1);
}

TEST_CASE("when the time for all is up, what has been said by then counts") {
    TestLoop loop;
    ScriptedHost a(loop), b(loop), silent(loop);
    Options options = asking({&a, &b, &silent});
    options.timeout_usec = 1'500'000;
    Watcher watcher(loop);

    SUBCASE("one answer") {
        a.handle(streaming(bucket(1)));
        watcher.run(options);
        CHECK(watcher.maps.size() == 1);
    }
    SUBCASE("two that differ") {
        a.handle(streaming(bucket(1)));
        b.handle(streaming(bucket(2)));
        watcher.run(options);
        CHECK(watcher.error.code == errc::split_brain);
    }
    SUBCASE("none") {
        options.timeout_usec = 300'000;
        watcher.run(options);
        CHECK(watcher.error.code == errc::timeout);
        for (const ScriptedHost *host : {&a, &b, &silent})
            CHECK(watcher.says("no answer from " + host->authority() + " to GET /pools within "));
    }
    SUBCASE("empty maps only, and nothing") {
        a.handle(streaming(kEmpty));
        b.handle(streaming(kEmpty));
        watcher.run(options);
        CHECK(watcher.error.code == errc::timeout);
        CHECK(watcher.says("only empty maps from " + a.authority()));
    }
    CHECK(watcher.took_ms >= 290);
    CHECK(watcher.took_ms < 4'500);
}

TEST_CASE("a cluster that is being set up is waited for, on all hosts") {
    TestLoop loop;
    ScriptedHost a(loop, streaming(kEmpty)), b(loop, streaming(kEmpty));
    Options options = asking({&a, &b});
    options.host_timeout_usec = 50'000;
    Watcher watcher(loop);
    CHECK_FALSE(watcher.start(options));
    CHECK(watcher.until([&] { return a.requests.size() > 4 && b.requests.size() > 4; }));  // a second round
    CHECK(watcher.maps.empty());
    CHECK(watcher.failures == 0);
    a.say(bucket(4));
    b.say(bucket(4));
    REQUIRE(watcher.await(1));
    CHECK(watcher.port(0) == 4);
}

TEST_CASE("with several hosts, too, the monitor may be destroyed in its callbacks and at any moment") {
    TestLoop loop;
    ScriptedHost a(loop, streaming(bucket(1))), b(loop, streaming(bucket(2))), c(loop, streaming(bucket(1)));
    for (const Watch watch : {Watch::one, Watch::all}) {
        Options options = asking({&a, &c});
        options.watch = watch;
        Watcher taking(loop);
        taking.destroy = true;
        taking.run(options);
        CHECK(taking.maps.size() == 1);
        Watcher failing(loop);
        failing.destroy = true;
        failing.run(asking({&a, &b}));
        CHECK(failing.failures == 1);
        for (int turns = 0; turns < 12; ++turns) {
            Watcher watcher(loop);
            watcher.awaited = 99;
            options.hosts = {a.authority(), b.authority(), c.authority()};
            CHECK_FALSE(watcher.start(options));
            for (int i = 0; i < turns; ++i) loop.run_for(0);
            watcher.monitor.reset();
            const std::size_t maps = watcher.maps.size();
            loop.run_for(2'000);
            CHECK(watcher.maps.size() == maps);
        }
    }
    Watcher last(loop);
    CHECK(last.until([&] { return a.connections() + b.connections() + c.connections() == 0; }));
}
