// SPDX-License-Identifier: Apache-2.0
// With a map in hand: whom to listen to, and what may take its place.
#include "monitor_rig.hpp"

using namespace tenon::bootstrap;
using namespace tenon::test;

namespace {

Options watching_all(const std::vector<const HttpServer *> &servers) {
    Options options = asking(servers);
    options.watch = Watch::all;
    return options;
}

/// Long enough for what must not happen to happen.
void settle(TestLoop &loop) { loop.run_for(150'000); }

}  // namespace

TEST_CASE("a stream that dies is opened again, on the next host") {
    TestLoop loop;
    ScriptedHost first(loop, streaming(bucket(1))), second(loop, streaming(bucket(1)));
    Watcher watcher(loop);

    SUBCASE("one that was given") { watcher.run(asking({&first, &second})); }
    SUBCASE("one that the map names") {
        first.handle(streaming(bucket(1, nodes_of({&second}))));
        watcher.run(asking({&first}));
        CHECK(second.requests.empty());
    }
    REQUIRE(watcher.maps.size() == 1);
    second.handle(streaming(bucket(2)));
    first.die();
    REQUIRE(watcher.await(2));
    CHECK(watcher.port(1) == 2);
    CHECK(watcher.failures == 0);
}

TEST_CASE("losing all hosts first given loses nothing") {
    TestLoop loop;
    ScriptedHost given(loop), left(loop, streaming(revised(9, "u", 9))), joined(loop);
    given.handle(streaming(revised(1, "u", 1, nodes_of({&given, &left}))));
    Watcher watcher(loop);
    watcher.run(asking({&given}));
    given.say(revised(2, "u", 2, nodes_of({&given, &joined})));
    REQUIRE(watcher.await(2));
    // A map that names no management ports says nothing about whom to ask.
    given.say(revised(3, "u", 3));
    REQUIRE(watcher.await(3));
    joined.handle(streaming(revised(4, "u", 4)));
    given.die();
    REQUIRE(watcher.await(4));
    CHECK(watcher.port(3) == 4);
    CHECK(left.requests.empty());  // nodes that left are asked no more

    // And when that one goes too, the host given is still known.
    joined.die();
    CHECK(watcher.until([&] { return watcher.warned("no connection to " + given.authority()) != 0 ||
                                     watcher.warned(given.authority()) > 1; }));
}

TEST_CASE("the node whose stream is kept leaves the cluster") {
    TestLoop loop;
    ScriptedHost given(loop), node(loop);
    for (ScriptedHost *host : {&given, &node}) host->handle(streaming(revised(1, "u", 1, nodes_of({&given, &node}))));
    Watcher watcher(loop);
    watcher.run(asking({&given}));
    given.drop_connections();
    REQUIRE(watcher.until([&] { return node.requests.size() == 4; }));
    given.handle(streaming(revised(2, "u", 2, nodes_of({&given}))));
    node.say(revised(2, "u", 2, nodes_of({&given})));
    REQUIRE(watcher.await(2));
    CHECK(watcher.until([&] { return node.connections() == 0 && given.connections() == 1; }));
    given.say(revised(3, "u", 3));
    REQUIRE(watcher.await(3));
    CHECK(watcher.port(2) == 3);
}

TEST_CASE("older revisions are ignored, whoever says them") {
    TestLoop loop;
    ScriptedHost a(loop), b(loop), c(loop);
    const std::string nodes = nodes_of({&a, &b, &c});
    for (ScriptedHost *host : {&a, &b, &c}) host->handle(streaming(revised(7, "u", 7, nodes)));
    Watcher watcher(loop);

    SUBCASE("on the stream itself") {
        watcher.run(asking({&a}));
        a.say(revised(6, "u", 6, nodes));
        a.say(revised(8, "u", 8, nodes));
        REQUIRE(watcher.await(2));
        CHECK(a.connections() == 1);
    }
    SUBCASE("by a node that was failed over, when the stream is lost") {
        watcher.run(asking({&a}));
        b.handle(streaming(revised(6, "u", 6)));
        a.die();
        CHECK(watcher.until([&] { return c.requests.size() == 4; }));
        c.say(revised(8, "u", 8, nodes));
        REQUIRE(watcher.await(2));
        CHECK(b.connections() == 0);
    }
    SUBCASE("by all that are left: the map held stays until one knows more") {
        watcher.run(asking({&a}));
        b.handle(streaming(revised(6, "u", 6)));
        c.handle(streaming(revised(6, "u", 6)));
        a.die();
        CHECK(watcher.until([&] { return b.requests.size() > 4 && c.requests.size() > 4; }));
        CHECK(watcher.maps.size() == 1);
        b.say(revised(8, "u", 8, nodes));
        REQUIRE(watcher.await(2));
    }
    SUBCASE("to those who listen to all") {
        watcher.run(watching_all({&a}));
        CHECK(watcher.until([&] { return a.connections() + b.connections() + c.connections() == 3; }));
        b.say(revised(6, "u", 6, nodes));
        settle(loop);
        CHECK(watcher.maps.size() == 1);
        a.say(revised(8, "u", 8, nodes));
        REQUIRE(watcher.await(2));
    }
    CHECK(watcher.maps.size() == 2);
    CHECK(watcher.port(1) == 8);
    CHECK(watcher.failures == 0);
}

TEST_CASE("an epoch counts before the revision") {
    TestLoop loop;
    const auto at = [](int port, int epoch, int revision) {
        return bucket(port, "[]", "\"uuid\":\"u\",\"revEpoch\":" + std::to_string(epoch) + ",\"rev\":" + std::to_string(revision) + ",");
    };
    ScriptedHost host(loop, streaming(at(1, 1, 900)));
    Watcher watcher(loop);
    watcher.run(asking({&host}));
    host.say(at(2, 2, 3));
    REQUIRE(watcher.await(2));
    CHECK(watcher.port(1) == 2);
}

TEST_CASE("a bucket made anew is taken when the hosts agree, though its revision is lower") {
    TestLoop loop;
    ScriptedHost a(loop), b(loop), c(loop);
    const std::string before = revised(7, "old", 7, nodes_of({&a, &b, &c})), after = revised(1, "new", 1, nodes_of({&a, &b, &c}));
    for (ScriptedHost *host : {&a, &b, &c}) host->handle(streaming(before));
    Watcher watcher(loop);

    SUBCASE("one host alone") {
        a.handle(streaming(revised(7, "old", 7)));
        watcher.run(asking({&a}));
        a.say(revised(1, "new", 1));
    }
    SUBCASE("only one says so, and then another") {
        watcher.run(asking({&a}));
        a.say(after);
        CHECK(watcher.until([&] { return b.requests.size() == 4 && c.requests.size() == 4; }));
        settle(loop);
        CHECK(watcher.maps.size() == 1);
        CHECK(watcher.warned("outvoted: " + a.authority() + " says bucket \"default\", uuid new, revision 1") == 1);
        CHECK(b.connections() + c.connections() == 1);  // one of them is listened to
        (b.connections() == 1 ? b : c).say(after);
    }
    SUBCASE("all say so") {
        watcher.run(asking({&a}));
        b.handle(streaming(after));
        c.handle(streaming(after));
        a.say(after);
    }
    SUBCASE("one says so, and the others are not there") {
        watcher.run(asking({&a}));
        b.die();
        c.die();
        a.say(after);
    }
    SUBCASE("more than half of those who are listened to") {
        watcher.run(watching_all({&a, &b, &c}));
        CHECK(watcher.until([&] { return a.connections() + b.connections() + c.connections() == 3; }));
        a.say(after);
        settle(loop);
        CHECK(watcher.maps.size() == 1);
        c.say(after);
    }
    REQUIRE(watcher.await(2));
    CHECK(watcher.port(1) == 1);
    CHECK(watcher.maps[1]->uuid() == "new");
    CHECK(watcher.failures == 0);
}

TEST_CASE("a split while a map is in hand changes nothing, is logged once, and heals") {
    TestLoop loop;
    ScriptedHost a(loop), b(loop);
    const std::string nodes = nodes_of({&a, &b});
    const std::string ours = revised(1, "ours", 5, nodes), theirs = revised(2, "theirs", 5, nodes);
    a.handle(streaming(ours));
    b.handle(streaming(ours));
    Watcher watcher(loop);

    SUBCASE("one stream is kept: whoever goes on from the map held is listened to") {
        watcher.run(asking({&a}));
        a.say(theirs);
        CHECK(watcher.until([&] { return a.connections() == 0 && b.connections() == 1; }));
        settle(loop);
        CHECK(watcher.maps.size() == 1);
        CHECK(watcher.warned("split brain") == 1);
        b.say(revised(3, "ours", 6, nodes));
        REQUIRE(watcher.await(2));
        CHECK(watcher.port(1) == 3);
        b.say(theirs);
        REQUIRE(watcher.await(3));
        CHECK(watcher.warned("split brain") == 1);
    }
    SUBCASE("one stream is kept, and nobody goes on from the map held") {
        watcher.run(asking({&a}));
        b.handle(streaming(revised(9, "third", 1, nodes)));
        a.say(theirs);
        CHECK(watcher.until([&] { return b.requests.size() > 8; }));  // asked again
        CHECK(watcher.maps.size() == 1);
        CHECK(watcher.warned("split brain") == 1);
        CHECK(watcher.warned(a.authority() + " says bucket \"default\", uuid theirs, revision 5, server 127.0.0.1:2") == 1);
        CHECK(watcher.warned(b.authority() + " says bucket \"default\", uuid third, revision 1, server 127.0.0.1:9") == 1);
        b.say(theirs);
        REQUIRE(watcher.await(2));
    }
    SUBCASE("all are listened to, and one side goes on from the map held") {
        watcher.run(watching_all({&a, &b}));
        CHECK(watcher.until([&] { return a.connections() == 1 && b.connections() == 1; }));
        a.say(theirs);
        settle(loop);
        b.say(revised(3, "ours", 6, nodes));
        REQUIRE(watcher.await(2));
        CHECK(watcher.port(1) == 3);
        CHECK(watcher.warned("split brain") == 1);
        b.say(theirs);
        REQUIRE(watcher.await(3));
    }
    SUBCASE("all are listened to") {
        watcher.run(watching_all({&a, &b}));
        CHECK(watcher.until([&] { return a.connections() == 1 && b.connections() == 1; }));
        a.say(theirs);
        settle(loop);
        CHECK(watcher.maps.size() == 1);
        CHECK(watcher.warned("split brain") == 1);
        a.say(revised(4, "theirs", 6, nodes));
        settle(loop);
        CHECK(watcher.maps.size() == 1);
        CHECK(watcher.warned("split brain") == 1);
        b.say(theirs);
        REQUIRE(watcher.await(2));
        CHECK(watcher.port(1) == 4);  // the newest speaks
        return;
    }
    CHECK(watcher.maps.back()->uuid() == "theirs");
    CHECK(watcher.failures == 0);
}

TEST_CASE("maps without revisions: the last word on a stream counts, a new stream's needs the others' agreement") {
    TestLoop loop;
    ScriptedHost a(loop), b(loop), c(loop);
    const std::string nodes = nodes_of({&a, &b, &c});
    for (ScriptedHost *host : {&a, &b, &c}) host->handle(streaming(bucket(1, nodes)));
    Watcher watcher(loop);
    watcher.run(asking({&a}));
    a.say(bucket(2, nodes));
    REQUIRE(watcher.await(2));
    a.say(bucket(1, nodes));
    REQUIRE(watcher.await(3));
    CHECK(watcher.port(2) == 1);

    SUBCASE("one against one: the map held stays") {
        b.handle(streaming(bucket(5, nodes)));
        a.die();
        CHECK(watcher.until([&] { return c.requests.size() == 4 && b.connections() == 0; }));
        settle(loop);
        CHECK(watcher.maps.size() == 3);
        CHECK(c.connections() == 1);
        CHECK(watcher.warned("split brain") == 1);
    }
    SUBCASE("all that are left agree") {
        b.handle(streaming(bucket(5, nodes)));
        c.handle(streaming(bucket(5, nodes)));
        a.die();
        REQUIRE(watcher.await(4));
        CHECK(watcher.port(3) == 5);
    }
    SUBCASE("nothing is news that says the same") {
        a.drop_connections();
        CHECK(watcher.until([&] { return b.connections() == 1; }));
        settle(loop);
        CHECK(watcher.maps.size() == 3);
    }
    SUBCASE("where the rebalance leads is news") {
        std::string forward = bucket(1, nodes);
        forward.replace(forward.find("\"vBucketMap\""), 12, R"("vBucketMapForward":[[-1],[0]],"vBucketMap")");
        a.say(forward);
        REQUIRE(watcher.await(4));
        CHECK(watcher.maps[3]->forward_owner(1) == 0);
    }
}

TEST_CASE("listening to all: each host given and each node of the map has a stream, which is opened again") {
    TestLoop loop;
    ScriptedHost a(loop), b(loop), learned(loop), later(loop);
    const std::string nodes = nodes_of({&a, &b, &learned});
    for (ScriptedHost *host : {&a, &b, &learned, &later}) host->handle(streaming(revised(1, "u", 1, nodes)));
    Watcher watcher(loop);
    watcher.run(watching_all({&a, &b}));
    const auto streams = [&] {
        return a.connections() == 1 && b.connections() == 1 && learned.connections() == 1;
    };
    REQUIRE(watcher.until(streams));
    CHECK(later.requests.empty());

    // Who knows more first is believed; the others say it too, which is no news.
    learned.say(revised(2, "u", 2, nodes));
    REQUIRE(watcher.await(2));
    for (ScriptedHost *host : {&a, &b}) host->say(revised(2, "u", 2, nodes));
    settle(loop);
    CHECK(watcher.maps.size() == 2);

    const std::size_t requests = b.requests.size();
    b.drop_connections();
    CHECK(watcher.until([&] { return b.requests.size() == requests + 4 && streams(); }));
    CHECK(watcher.maps.size() == 2);

    // Nodes come and go.
    a.say(revised(3, "u", 3, nodes_of({&a, &later})));
    REQUIRE(watcher.await(3));
    CHECK(watcher.until([&] { return later.connections() == 1 && learned.connections() == 0; }));
    CHECK(b.connections() == 1);  // it was given
    later.say(revised(4, "u", 4, nodes_of({&a, &later})));
    REQUIRE(watcher.await(4));
    CHECK(watcher.port(3) == 4);
    CHECK(watcher.failures == 0);
}

TEST_CASE("a stream that says nothing after nodes complained is left for another") {
    TestLoop loop;
    ScriptedHost a(loop), b(loop);
    const std::string nodes = nodes_of({&a, &b});
    a.handle(streaming(revised(1, "u", 1, nodes)));
    b.handle(streaming(revised(9, "u", 9, nodes)));
    Options options = asking({&a});
    options.stall_usec = 1'000'000;
    Watcher watcher(loop);
    SUBCASE("because they refused an operation") {
        options.stall_usec = 100'000;
        watcher.run(options);
        watcher.monitor->refresh();
        REQUIRE(watcher.await(2));
        CHECK(watcher.port(1) == 9);
    }
    SUBCASE("because they told a newer map") {
        options.stall_usec = 100'000;
        watcher.run(options);
        watcher.monitor->hear(tenon::topology::ClusterMap::parse(revised(2, "u", 2, nodes), "asked").map);
        REQUIRE(watcher.await(2));
        CHECK(watcher.port(1) == 9);
    }
    SUBCASE("but not when it brings the news after all") {
        watcher.run(options);
        watcher.monitor->refresh();
        a.say(revised(2, "u", 2, nodes));
        REQUIRE(watcher.await(2));
        loop.run_for(1'100'000);
        CHECK(b.requests.empty());
        CHECK(a.connections() == 1);
    }
    SUBCASE("but not without complaints, however long") {
        options.stall_usec = 50'000;
        watcher.run(options);
        loop.run_for(150'000);
        CHECK(b.requests.empty());
    }
    CHECK(watcher.failures == 0);
}

TEST_CASE("a map that a node told is the one held") {
    const auto parse = [](const std::string &json) { return tenon::topology::ClusterMap::parse(json, "asked").map; };
    TestLoop loop;
    ScriptedHost a(loop), b(loop, streaming(revised(9, "u", 9)));
    a.handle(streaming(revised(7, "u", 7)));
    Watcher watcher(loop);
    watcher.run(asking({&a}));
    watcher.monitor->hear(parse(revised(6, "u", 6, nodes_of({&b}))));  // no news
    watcher.monitor->hear(parse(revised(1, "other", 8, nodes_of({&b}))));
    a.drop_connections();
    CHECK(watcher.until([&] { return a.requests.size() == 8 && a.connections() == 1; }));

    watcher.monitor->hear(parse(revised(8, "u", 8, nodes_of({&b}))));
    CHECK(watcher.maps.size() == 1);
    a.say(revised(6, "u", 6));  // lags behind
    settle(loop);
    CHECK(a.connections() == 1);
    CHECK(b.requests.empty());
    a.die();
    REQUIRE(watcher.await(2));
    CHECK(watcher.port(1) == 9);
}

TEST_CASE("the same revision told in another way takes a vote") {
    TestLoop loop;
    ScriptedHost a(loop), b(loop), c(loop);
    const std::string nodes = nodes_of({&a, &b, &c}), other = revised(2, "u", 7, nodes);
    for (ScriptedHost *host : {&a, &b, &c}) host->handle(streaming(revised(1, "u", 7, nodes)));
    Watcher watcher(loop);
    watcher.run(asking({&a, &b, &c}));
    REQUIRE(watcher.until([&] { return a.connections() + b.connections() + c.connections() == 1; }));
    for (ScriptedHost *host : {&a, &b, &c}) host->handle(streaming(other));
    bool taken = false;
    SUBCASE("by one half of a cluster that has split") { c.handle(streaming(revised(1, "u", 7, nodes))); }
    SUBCASE("by all that are left") { taken = true; }
    (a.connections() == 1 ? a : b).die();
    if (taken) CHECK(watcher.await(2));
    else CHECK(watcher.until([&] { return watcher.warned("split brain") == 1 && c.connections() == 1; }));
    settle(loop);
    CHECK((watcher.maps.size() == 2) == taken);
}

TEST_CASE("what is no map is refused with a reason, and the map held stays") {
    TestLoop loop;
    ScriptedHost host(loop, streaming(revised(1, "u", 1)));
    Watcher watcher(loop);
    watcher.run(asking({&host}));
    const auto broken = [](const std::string &what, const std::string &with) {
        std::string json = revised(2, "u", 2);
        REQUIRE(json.find(what) != std::string::npos);
        return json.replace(json.find(what), what.size(), with);
    };
    std::string many;
    for (int i = 0; i < 65'536; ++i) many += i == 0 ? "[0]" : ",[0]";
    const std::pair<std::string, std::string> cases[] = {
        {broken("[[0],[0]]", "[[0],[1]]"), "vBucketMap[1][0] names server 1 of 1"},
        {broken("[[0],[0]]", "[[0],[0],[0]]"), "3 vBuckets, which is no power of two"},
        {broken("[[0],[0]]", "[" + many + "]"), "32768"},
        {broken("[[0],[0]]", "[[0],[0,0]]"), "vBucketMap[1] has 2 entries"},
        {broken("[[0],[0]]", "[[0,0],[0,0]]"), "numReplicas is 0"},
        {broken("[[0],[0]]", "[[-2],[0]]"), "vBucketMap[0][0] names server -2"},
        {broken("\"default\"", "\"another\""), "a map of another bucket"},
        {"{\"name\":\"default\"", "sent: "},
    };
    for (const auto &[json, reason] : cases) {
        watcher.warnings.clear();
        host.send(chunk(json + "\n\n\n\n"));
        CHECK(watcher.until([&] { return !watcher.warnings.empty(); }));
        CAPTURE(reason);
        CHECK(watcher.warned("map refused: " + host.authority() + " sent: ") == 1);
        CHECK(watcher.warned(reason) == 1);
        CHECK(watcher.maps.size() == 1);
        CHECK(host.connections() == 1);
    }
    host.send(chunk(revised(2, "u", 2) + "\n\n\n\n"));
    REQUIRE(watcher.await(2));
    CHECK(watcher.port(1) == 2);
}

TEST_CASE("65 MB of a map end the stream, not the map held") {
    TestLoop loop;
    ScriptedHost host(loop, streaming(revised(1, "u", 1)));
    Watcher watcher(loop);
    watcher.run(asking({&host}));
    const std::string megabyte(1024 * 1024, ' ');
    for (int i = 0; i < 65; ++i) {
        host.send(chunk(megabyte));
        loop.run_for(1'000);
    }
    CHECK(watcher.until([&] { return watcher.warned("sends a document without end") == 1; }));
    CHECK(watcher.maps.size() == 1);
    CHECK(watcher.until([&] { return host.requests.size() == 8; }));
    host.say(revised(2, "u", 2));
    REQUIRE(watcher.await(2));
    CHECK(watcher.failures == 0);
}
