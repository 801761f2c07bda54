// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/map_cache.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include <stdlib.h>
#include <sys/stat.h>

#include "monitor_rig.hpp"
#include "topology/compare.hpp"

using namespace tenon::bootstrap;
using namespace tenon::test;
using tenon::Error;
using tenon::errc;
using tenon::topology::ClusterMap;

namespace {

namespace fs = std::filesystem;

/// A folder of our own, gone at the end.
struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "tenon-cache-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
    ~Folder() { fs::remove_all(path); }

    std::string file() const { return (path / "map").string(); }
    std::size_t files() const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
    }

    fs::path path;
};

std::string contents(const std::string &path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::string &path, const std::string &text) { std::ofstream(path, std::ios::binary) << text; }

Map parse(const std::string &json, const char *asked = "asked") {
    const ClusterMap::Parsed parsed = ClusterMap::parse(json, asked);
    REQUIRE_MESSAGE(parsed.map != nullptr, parsed.error.message);
    return parsed.map;
}

const std::vector<std::string> kHosts = {"given:8091", "[::1]:8091"};

/// Keeps a map for kHosts.
void keep(const Folder &folder, const Map &map, const std::vector<std::string> &hosts = kHosts) {
    const Error error = write_map_cache(folder.file(), *map, "default", hosts);
    REQUIRE_MESSAGE(!error, error.message);
}

}  // namespace

TEST_CASE("a map comes back as it was, in all that routing goes by") {
    const std::string documents[] = {
        bucket(11210),
        revised(1, "u-1", 77, R"([{"hostname":"n1:8091","ports":{"direct":1}},{"hostname":"[::1]:9000","ports":{"direct":2}}])"),
        R"({"name":"default","uuid":"u","rev":5,"revEpoch":2,"saslPassword":"secret","nodeLocator":"vbucket",
            "nodesExt":[{"hostname":"a","services":{"mgmt":8091,"kv":11210}},{"services":{"mgmt":8091,"kv":11211}},
                        {"hostname":"::1","services":{"mgmt":8091,"kv":11210}},{"hostname":"query","services":{"mgmt":8092}}],
            "vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":2,"serverList":["a:11210","$HOST:11211","[::1]:11210"],
             "vBucketMap":[[0,1,2],[1,-1,-1],[-1,-1,-1],[2,0,1]],"vBucketMapForward":[[0,1,2],[0,1,-1],[1,2,0],[2,0,1]]}})",
        R"({"name":"default","nodeLocator":"ketama","nodes":[{"hostname":"m1:8091","ports":{"direct":11211}}],
            "nodesExt":[{"hostname":"m1","services":{"mgmt":8091,"kv":11211}}]})",
    };
    for (const std::string &json : documents) {
        CAPTURE(json);
        const Folder folder;
        const Map map = parse(json);
        keep(folder, map);
        const CachedMap cached = read_map_cache(folder.file(), "default", {"given:8091"});
        REQUIRE_MESSAGE(cached.map != nullptr, cached.why);
        CHECK(cached.why.empty());
        CHECK(tenon::topology::compare(*map, *cached.map).equal());
        for (std::uint32_t v = 0; v < map->vbucket_count(); ++v)
            CHECK(map->forward_owner(static_cast<std::uint16_t>(v)) == cached.map->forward_owner(static_cast<std::uint16_t>(v)));
        CHECK(cached.map->nodes() == map->nodes());
        CHECK(cached.map->servers() == map->servers());
        CHECK(cached.map->locator() == map->locator());
        CHECK(cached.map->bucket() == "default");
        CHECK(cached.map->uuid() == map->uuid());
        CHECK(cached.map->rev() == map->rev());
        CHECK(cached.map->rev_epoch() == map->rev_epoch());
        CHECK(contents(folder.file()).find("secret") == std::string::npos);
        CHECK(cached.map->sasl_password().empty());
    }
}

TEST_CASE("the file is its owner's alone, and replaced in one step") {
    const Folder folder;
    keep(folder, parse(bucket(1)));
    fs::permissions(folder.file(), fs::perms::all);
    std::ifstream reader(folder.file());
    const std::string before = contents(folder.file());
    keep(folder, parse(bucket(2)));
    struct stat status {};
    REQUIRE(stat(folder.file().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    CHECK(folder.files() == 1);
    CHECK(contents(folder.file()) != before);
    // Who has the old one open has it whole.
    CHECK(std::string(std::istreambuf_iterator<char>(reader), {}) == before);
}

TEST_CASE("what is damaged, wherever it is, is ignored") {
    const Folder folder;
    keep(folder, parse(bucket(1)));
    const std::string good = contents(folder.file());
    const auto ignored = [&](const std::string &text) {
        put(folder.file(), text);
        const CachedMap cached = read_map_cache(folder.file(), "default", kHosts);
        return cached.map == nullptr && cached.why.find(folder.file() + " is ignored: ") != std::string::npos;
    };
    for (std::size_t i = 0; i < good.size(); i += i < 40 ? 1 : 11) {
        std::string bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 1);
        CAPTURE(i);
        CHECK(ignored(bad));
        CHECK(ignored(good.substr(0, i)));
    }
    CHECK(ignored(good + "\n"));
    CHECK(ignored("tenon-map-cache 2" + good.substr(17)));
    CHECK_FALSE(ignored(good));
}

TEST_CASE("of another bucket or cluster, unreadable, or not there") {
    const Folder folder;
    CHECK(read_map_cache(folder.file(), "default", kHosts).map == nullptr);
    CHECK(read_map_cache(folder.file(), "default", kHosts).why.empty());  // a first start

    keep(folder, parse(bucket(1, R"([{"hostname":"node:8091","ports":{"direct":1}}])")));
    CHECK(read_map_cache(folder.file(), "default", {"node:8091"}).map != nullptr);
    CHECK(read_map_cache(folder.file(), "default", {"other:8091", "[::1]:8091"}).map != nullptr);
    CachedMap cached = read_map_cache(folder.file(), "default", {"other:8091"});
    CHECK(cached.map == nullptr);
    CHECK(cached.why == "map cache " + folder.file() + " is ignored: it is of a cluster that none of the hosts given was of");
    cached = read_map_cache(folder.file(), "another", kHosts);
    CHECK(cached.map == nullptr);
    CHECK(cached.why == "map cache " + folder.file() + " is ignored: it is of bucket \"default\"");
    cached = read_map_cache(folder.path.string(), "default", kHosts);
    CHECK(cached.map == nullptr);
    CHECK(cached.why.find("cannot read map cache " + folder.path.string() + ": ") == 0);
    const std::string pipe = (folder.path / "pipe").string();
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(read_map_cache(pipe, "default", kHosts).why ==
          "map cache " + pipe + " is ignored: it is damaged, or no map cache of this version");
    fs::remove(pipe);

    const Error error = write_map_cache((folder.path / "no" / "map").string(), *parse(bucket(1)), "default", kHosts);
    CHECK(error.code == std::errc::no_such_file_or_directory);
    CHECK(error.message.find("cannot write map cache " + folder.path.string()) == 0);
    fs::create_directory(folder.path / "taken");
    CHECK(write_map_cache((folder.path / "taken").string(), *parse(bucket(1)), "default", kHosts));
    CHECK(folder.files() == 2);  // nothing is left of the attempt
}

TEST_CASE("a start from the cache goes by it at once, and the hosts are asked behind it") {
    const Folder folder;
    TestLoop loop;
    ScriptedHost host(loop, streaming(revised(1, "u", 1)));
    Options options = asking({&host});
    options.cache = folder.file();
    {
        Watcher first(loop);
        first.run(options);
        CHECK(first.warnings.empty());
        CHECK(read_map_cache(folder.file(), "default", {host.authority()}).map->servers()[0].data_port == 1);
        host.say(revised(2, "u", 2));
        REQUIRE(first.await(2));
        CHECK(read_map_cache(folder.file(), "default", {host.authority()}).map->servers()[0].data_port == 2);
    }

    Watcher watcher(loop);
    SUBCASE("nobody answers yet") {
        host.handle(silence());
        watcher.run(options);
        CHECK(watcher.port(0) == 2);
        CHECK(watcher.took_ms < 4'000);
    }
    SUBCASE("the hosts say the same: no news") {
        watcher.run(options);
        CHECK(watcher.until([&] { return host.connections() == 1; }));
        loop.run_for(50'000);
        CHECK(watcher.maps.size() == 1);
        host.say(revised(3, "u", 3));
        REQUIRE(watcher.await(2));
    }
    SUBCASE("the cluster has gone on") {
        host.handle(streaming(revised(5, "u", 5)));
        watcher.run(options);
        REQUIRE(watcher.await(2));
        CHECK(watcher.port(0) == 2);
        CHECK(watcher.port(1) == 5);
    }
    SUBCASE("the bucket was made anew") {
        host.handle(streaming(revised(6, "new", 1)));
        watcher.run(options);
        REQUIRE(watcher.await(2));
        CHECK(watcher.port(1) == 6);
        CHECK(read_map_cache(folder.file(), "default", {host.authority()}).map->uuid() == "new");
    }
    SUBCASE("it was of another bucket") {
        keep(folder, parse(bucket(9)), {host.authority()});
        std::string text = contents(folder.file());
        REQUIRE_FALSE(write_map_cache(folder.file(), *parse(bucket(9)), "another", {host.authority()}));
        watcher.run(options);
        CHECK(watcher.port(0) == 2);
        CHECK(watcher.warned("map cache " + folder.file() + " is ignored: it is of bucket \"another\"") == 1);
    }
    SUBCASE("it is damaged") {
        put(folder.file(), "tenon-map-cache 1 00000000 3\nabc");
        watcher.run(options);
        CHECK(watcher.port(0) == 2);
        CHECK(watcher.warned("map cache " + folder.file() + " is ignored: it is damaged") == 1);
    }
    CHECK(watcher.failures == 0);
}

TEST_CASE("a start from the cache asks the hosts given, and no learned one while they answer") {
    const Folder folder;
    TestLoop loop;
    ScriptedHost given(loop), learned(loop);
    const std::string map = revised(1, "u", 1, nodes_of({&given, &learned}));
    std::size_t asked = 0;
    given.handle([&asked, answer = streaming(map)](Connection &connection, const std::string &request) {
        ++asked;
        answer(connection, request);
    });
    keep(folder, parse(map), {given.authority()});
    Options options = asking({&given});
    options.cache = folder.file();
    Watcher watcher(loop);
    watcher.run(options);
    CHECK(watcher.until([&] { return asked == 4; }));
    loop.run_for(50'000);
    CHECK(asked == 4);  // from /pools to the stream, once
    CHECK(learned.connections() == 0);
}

TEST_CASE("what the cache holds stays in use while no host answers, and its nodes are asked too") {
    const Folder folder;
    TestLoop loop;
    auto given = std::make_unique<ScriptedHost>(loop);
    ScriptedHost node(loop, streaming(revised(2, "u", 2)));
    keep(folder, parse(revised(1, "u", 1, nodes_of({&node}))), {given->authority()});
    Options options = asking({given.get()});
    options.cache = folder.file();
    options.timeout_usec = 50'000;
    Watcher watcher(loop);

    SUBCASE("the host given is gone") {
        given->die();
        watcher.run(options);
        REQUIRE(watcher.await(2));
        CHECK(watcher.port(1) == 2);
    }
    SUBCASE("they are gone too") {
        given->die();
        node.die();
        watcher.run(options);
        loop.run_for(150'000);
        CHECK(watcher.maps.size() == 1);
    }
    SUBCASE("the host given refuses") {
        given->handle(answering(kUnauthorized));
        node.die();
        watcher.run(options);
        loop.run_for(150'000);
        CHECK(watcher.maps.size() == 1);
        CHECK(watcher.warned("401 Unauthorized") > 0);
    }
    SUBCASE("the hosts given disagree") {
        ScriptedHost other(loop, streaming(revised(4, "other", 1)));
        given->handle(streaming(revised(3, "third", 1)));
        options.hosts.push_back(other.authority());
        watcher.run(options);
        CHECK(watcher.until([&] { return watcher.warned("split brain") == 1; }));
        // All are asked then, and one goes on from what the cache holds.
        CHECK(watcher.until([&] { return node.connections() == 1; }));
        loop.run_for(50'000);
        CHECK(watcher.maps.size() == 2);
        CHECK(watcher.last_port() == 2);
    }
    SUBCASE("listening to all") {
        given->die();
        options.watch = Watch::all;
        watcher.run(options);
        REQUIRE(watcher.await(2));
        CHECK(watcher.port(1) == 2);
    }
    CHECK(watcher.failures == 0);
}

TEST_CASE("a cache of a later revision outlives a host that was failed over") {
    const Folder folder;
    TestLoop loop;
    ScriptedHost stale(loop, streaming(revised(6, "u", 6))), node(loop, streaming(revised(8, "u", 8)));
    keep(folder, parse(revised(7, "u", 7, nodes_of({&node}))), {stale.authority()});
    Options options = asking({&stale});
    options.cache = folder.file();
    Watcher watcher(loop);
    watcher.run(options);
    CHECK(watcher.port(0) == 7);
    REQUIRE(watcher.await(2));
    CHECK(watcher.port(1) == 8);
}

TEST_CASE("where the server has to tell the password, there is no start without it") {
    const Folder folder;
    TestLoop loop;
    ScriptedHost host(loop, [](Connection &c, const std::string &) {
        c.send(stream("{\"buckets\":[" + bucket(2, "[]", R"("saslPassword":"pw",)") + "]}"));
    });
    keep(folder, parse(bucket(1)), {host.authority()});
    Options options = asking({&host});
    options.sasl_buckets = true;
    options.cache = folder.file();
    Watcher watcher(loop);
    watcher.run(options);
    CHECK(watcher.port(0) == 2);
    CHECK(watcher.maps[0]->sasl_password() == "pw");
    CHECK(contents(folder.file()).find("pw") == std::string::npos);
}

TEST_CASE("a cache that cannot be written is a warning") {
    const Folder folder;
    TestLoop loop;
    ScriptedHost host(loop, streaming(bucket(1)));
    Options options = asking({&host});
    options.cache = (folder.path / "no" / "map").string();
    Watcher watcher(loop);
    watcher.run(options);
    CHECK(watcher.maps.size() == 1);
    CHECK(watcher.warned("cannot write map cache") == 1);
}
