// SPDX-License-Identifier: Apache-2.0
// Maps by themselves, as C programs see them; and the one of an instance.
#include <cstdlib>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include <libcouchbase/vbucket.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

using namespace tenon::test;

namespace {

struct Destroy {
    void operator()(lcbvb_CONFIG *config) const { lcbvb_destroy(config); }
};
using Config = std::unique_ptr<lcbvb_CONFIG, Destroy>;

std::string saved(const Config &config) {
    char *const json = lcbvb_save_json(config.get());
    REQUIRE(json != nullptr);
    const std::string text = json;
    std::free(json);
    return text;
}

constexpr const char *kTwoServers =
    R"({"name":"beer","uuid":"u1","nodeLocator":"vbucket","rev":7,"nodesExt":[)"
    R"({"hostname":"$HOST","services":{"kv":11210,"mgmt":8091,"capi":8092}},)"
    R"({"hostname":"::1","services":{"kv":11211}}],)"
    R"("vBucketServerMap":{"hashAlgorithm":"CRC","numReplicas":1,"serverList":["$HOST:11210","[::1]:11211"],)"
    R"("vBucketMap":[[0,1],[1,0],[0,-1],[-1,1]],"vBucketMapForward":[[1,0],[1,0],[0,1],[0,1]]}})";

}  // namespace

TEST_CASE("a map from JSON: servers, ports, vBuckets") {
    const Config config(lcbvb_parse_json(kTwoServers));
    REQUIRE(config);
    CHECK(lcbvb_get_error(config.get()) == nullptr);
    CHECK(lcbvb_get_nservers(config.get()) == 2);
    CHECK(lcbvb_get_nreplicas(config.get()) == 1);
    CHECK(lcbvb_get_distmode(config.get()) == LCBVB_DIST_VBUCKET);
    CHECK(lcbvb_get_revision(config.get()) == 7);
    CHECK(config->nvb == 4);
    CHECK(std::string(config->bname) == "beer");
    CHECK(std::string(config->buuid) == "u1");
    CHECK(LCBVB_NSERVERS(config.get()) == 2);
    CHECK(LCBVB_NREPLICAS(config.get()) == 1);
    CHECK(LCBVB_DISTTYPE(config.get()) == LCBVB_DIST_VBUCKET);
    CHECK(std::string(LCBVB_GET_SERVER(config.get(), 1)->hostname) == "::1");
    CHECK(std::string(config->servers[1].authority) == "[::1]:11211");
    CHECK(config->servers[0].nvbs == 2);
    CHECK(config->ffvbuckets[3].servers[0] == 0);

    lcbvb_replace_host(config.get(), nullptr);
    CHECK(std::string(lcbvb_get_error(config.get())) == "no host is given");
    CHECK(std::string(config->servers[0].hostname) == "$HOST");
    lcbvb_replace_host(config.get(), "10.0.0.1");
    CHECK(std::string(config->servers[0].svc.hoststrs[LCBVB_SVCTYPE_DATA]) == "10.0.0.1:11210");
    CHECK(std::string(lcbvb_get_hostport(config.get(), 0, LCBVB_SVCTYPE_MGMT, LCBVB_SVCMODE_PLAIN)) == "10.0.0.1:8091");
    CHECK(std::string(lcbvb_get_capibase(config.get(), 0, LCBVB_SVCMODE_PLAIN)) == "http://10.0.0.1:8092/beer");
    CHECK(lcbvb_get_port(config.get(), 0, LCBVB_SVCTYPE_VIEWS, LCBVB_SVCMODE_PLAIN) == 8092);
    CHECK(lcbvb_get_port(config.get(), 0, LCBVB_SVCTYPE_VIEWS, LCBVB_SVCMODE_SSL) == 0);
    CHECK(lcbvb_get_port(config.get(), 0, LCBVB_SVCTYPE_N1QL, LCBVB_SVCMODE_PLAIN) == 0);
    CHECK(lcbvb_get_port(config.get(), 1, LCBVB_SVCTYPE_MGMT, LCBVB_SVCMODE_PLAIN) == 0);
    CHECK(lcbvb_get_hostport(config.get(), 2, LCBVB_SVCTYPE_DATA, LCBVB_SVCMODE_PLAIN) == nullptr);
    CHECK(lcbvb_get_capibase(config.get(), 1, LCBVB_SVCMODE_PLAIN) == nullptr);

    CHECK(lcbvb_vbmaster(config.get(), 1) == 1);
    CHECK(lcbvb_vbmaster(config.get(), 3) == -1);
    CHECK(lcbvb_vbmaster(config.get(), 4) == -1);
    CHECK(lcbvb_vbmaster(config.get(), -1) == -1);
    CHECK(lcbvb_vbreplica(config.get(), 0, 0) == 1);
    CHECK(lcbvb_vbreplica(config.get(), 0, 1) == -1);
    CHECK(lcbvb_has_vbucket(config.get(), 0, 1) != 0);
    CHECK(lcbvb_has_vbucket(config.get(), 2, 1) == 0);
    CHECK(lcbvb_has_vbucket(config.get(), 2, -1) == 0);

    int vbucket = -1, server = -1;
    CHECK(lcbvb_map_key(config.get(), "key", 3, &vbucket, &server) == 0);
    CHECK(vbucket == lcbvb_k2vb(config.get(), "key", 3));
    CHECK(server == lcbvb_vbmaster(config.get(), vbucket));
}

TEST_CASE("who refuses a vBucket is not asked again") {
    const Config config(lcbvb_parse_json(kTwoServers));
    REQUIRE(config);
    CHECK(lcbvb_nmv_remap(config.get(), 0, 1) == 0);  // nobody thought it was 1
    CHECK(lcbvb_nmv_remap(config.get(), 0, 0) == 1);
    CHECK(lcbvb_vbmaster(config.get(), 0) == 1);
    CHECK(config->vbuckets[0].servers[0] == 1);
    CHECK(lcbvb_nmv_remap(config.get(), 9, 0) == -1);
}

TEST_CASE("what is no map leaves the one there is") {
    const Config config(lcbvb_create());
    REQUIRE(config);
    CHECK(lcbvb_get_nservers(config.get()) == 0);
    CHECK(lcbvb_k2vb(config.get(), "key", 3) == 0);
    CHECK(lcbvb_save_json(config.get()) == nullptr);
    CHECK(lcbvb_load_json(config.get(), kTwoServers) == 0);
    CHECK(lcbvb_load_json(config.get(), "{}") == -1);
    REQUIRE(lcbvb_get_error(config.get()) != nullptr);
    CHECK(std::string(lcbvb_get_error(config.get())).find("vBucketServerMap") != std::string::npos);
    CHECK(lcbvb_load_json(config.get(), nullptr) == -1);
    CHECK(lcbvb_get_nservers(config.get()) == 2);
    CHECK(lcbvb_parse_json("[]") == nullptr);
    CHECK(lcbvb_parse_json(nullptr) == nullptr);
    lcbvb_destroy(nullptr);
}

TEST_CASE("a map that is saved is the same when it is read again") {
    const Config config(lcbvb_parse_json(kTwoServers));
    REQUIRE(config);
    const Config again(lcbvb_parse_json(saved(config).c_str()));
    REQUIRE(again);
    CHECK(saved(again) == saved(config));
    lcbvb_CONFIGDIFF *const diff = lcbvb_compare(config.get(), again.get());
    REQUIRE(diff != nullptr);
    CHECK(lcbvb_get_changetype(diff) == LCBVB_NO_CHANGES);
    lcbvb_free_diff(diff);
    CHECK(again->ffvbuckets[3].servers[0] == 0);
    CHECK(std::string(again->servers[0].hostname) == "$HOST");
}

TEST_CASE("made-up maps, and what differs between two") {
    const Config config(lcbvb_create());
    REQUIRE(lcbvb_genconfig(config.get(), 4, 2, 64) == 0);
    CHECK(config->nvb == 64);
    CHECK(config->nsrv == 4);
    CHECK(lcbvb_get_port(config.get(), 3, LCBVB_SVCTYPE_DATA, LCBVB_SVCMODE_PLAIN) == 1003);
    CHECK(lcbvb_get_port(config.get(), 3, LCBVB_SVCTYPE_VIEWS, LCBVB_SVCMODE_PLAIN) == 2003);
    CHECK(lcbvb_get_port(config.get(), 3, LCBVB_SVCTYPE_MGMT, LCBVB_SVCMODE_PLAIN) == 3003);
    CHECK(config->servers[2].nvbs == 16);
    CHECK(lcbvb_vbreplica(config.get(), 3, 0) == 0);

    const Config larger(lcbvb_create());
    REQUIRE(lcbvb_genconfig(larger.get(), 5, 2, 64) == 0);
    lcbvb_CONFIGDIFF *const diff = lcbvb_compare(config.get(), larger.get());
    REQUIRE(diff != nullptr);
    REQUIRE(diff->servers_added[0] != nullptr);
    CHECK(std::string(diff->servers_added[0]) == "localhost:1004");
    CHECK(diff->servers_added[1] == nullptr);
    CHECK(diff->servers_removed[0] == nullptr);
    CHECK(diff->sequence_changed == 0);
    CHECK(diff->n_vb_changes > 0);
    CHECK(lcbvb_get_changetype(diff) == (LCBVB_SERVERS_MODIFIED | LCBVB_MAP_MODIFIED));
    lcbvb_free_diff(diff);
    lcbvb_free_diff(nullptr);

    CHECK(lcbvb_genconfig(config.get(), 2, 2, 64) == -1);
    CHECK(lcbvb_genconfig(config.get(), 2, 1, 63) == -1);
    CHECK(lcbvb_genconfig(config.get(), 0, 0, 64) == -1);
    CHECK(config->nsrv == 4);
    for (const unsigned vbuckets : {65'536U, static_cast<unsigned>(-1)}) {
        CHECK(lcbvb_genconfig(config.get(), 2, 1, vbuckets) == -1);
        CHECK(std::string(lcbvb_get_error(config.get())) == "a map has 32,768 vBuckets at most");
    }
    CHECK(lcbvb_genconfig(config.get(), 32'768, 0, 1) == -1);
    CHECK(std::string(lcbvb_get_error(config.get())).find("more than 32767") != std::string::npos);
    CHECK(config->nsrv == 4);
    CHECK(lcbvb_genconfig(larger.get(), 2, 1, 32'768) == 0);
    CHECK(larger->nvb == 32'768);
    CHECK(lcbvb_vbmaster(larger.get(), 32'767) == 1);

    lcbvb_SERVER server{};
    CHECK(lcbvb_genconfig_ex(config.get(), "b", nullptr, &server, 1, 0, 1) == -1);
    CHECK(std::string(lcbvb_get_error(config.get())) == "a server has no host name");
    CHECK(config->nsrv == 4);
    char host[] = "host\"with-a-quote";
    server.hostname = host;
    server.svc.data = 1;
    CHECK(lcbvb_genconfig_ex(config.get(), "b\\\n", "uuid", &server, 1, 0, 1) == 0);
    CHECK(std::string(config->bname) == "b\\\n");
    CHECK(std::string(config->buuid) == "uuid");
    CHECK(std::string(config->servers[0].hostname) == host);

    REQUIRE(lcbvb_genconfig(config.get(), 3, 0, 64) == 0);
    lcbvb_make_ketama(config.get());
    CHECK(lcbvb_get_distmode(config.get()) == LCBVB_DIST_KETAMA);
    CHECK(config->nvb == 0);
    CHECK(config->nsrv == 3);
    int vbucket = -1, one = -1, other = -1;
    CHECK(lcbvb_map_key(config.get(), "key-1", 5, &vbucket, &one) == 0);
    CHECK(vbucket == 0);
    for (int i = 0; i != 20 && (other == -1 || other == one); ++i)
        CHECK(lcbvb_map_key(config.get(), &i, sizeof i, &vbucket, &other) == 0);
    CHECK(one >= 0);
    CHECK(other != one);
    const Config again(lcbvb_parse_json(saved(config).c_str()));
    REQUIRE(again);
    CHECK(lcbvb_get_distmode(again.get()) == LCBVB_DIST_KETAMA);
}

TEST_CASE("the names of libvbucket") {
    const Config config(vbucket_config_create());
    REQUIRE(config);
    CHECK(vbucket_config_parse(config.get(), LIBVBUCKET_SOURCE_FILE, "map.json") != 0);
    CHECK(vbucket_get_error_message(config.get()) != nullptr);
    CHECK(vbucket_config_parse(config.get(), LIBVBUCKET_SOURCE_MEMORY, kTwoServers) == 0);
    CHECK(vbucket_config_get_num_servers(config.get()) == 2);
    CHECK(vbucket_config_get_num_replicas(config.get()) == 1);
    CHECK(vbucket_config_get_num_vbuckets(config.get()) == 4);
    CHECK(vbucket_config_get_revision(config.get()) == 7);
    CHECK(vbucket_config_get_distribution_type(config.get()) == VBUCKET_DISTRIBUTION_VBUCKET);
    CHECK(std::string(vbucket_config_get_server(config.get(), 1)) == "[::1]:11211");
    CHECK(vbucket_config_get_server(config.get(), -1) == nullptr);
    CHECK(std::string(vbucket_config_get_couch_api_base(config.get(), 0)) == "http://$HOST:8092/beer");
    CHECK(std::string(vbucket_config_get_rest_api_server(config.get(), 0)) == "$HOST:8091");
    int vbucket = -1, server = -1;
    CHECK(vbucket_map(config.get(), "key", 3, &vbucket, &server) == 0);
    CHECK(vbucket == vbucket_get_vbucket_by_key(config.get(), "key", 3));
    CHECK(vbucket_get_master(config.get(), 1) == 1);
    CHECK(vbucket_get_replica(config.get(), 1, 0) == 0);
    VBUCKET_CONFIG_HANDLE other = vbucket_config_create();
    CHECK(vbucket_config_generate(other, 2, 1, 4) == 0);
    VBUCKET_CONFIG_DIFF *const diff = vbucket_compare(config.get(), other);
    REQUIRE(diff != nullptr);
    CHECK((vbucket_what_changed(diff) & VBUCKET_SERVERS_MODIFIED) != 0);
    vbucket_free_diff(diff);
    vbucket_config_destroy(other);
}

TEST_CASE("an instance tells its map, and where a key goes") {
    const DevclusterChild cluster({"--nodes", "3", "--replicas", "1"});
    Instance instance(cluster.management());
    lcb_cntl_vbinfo_t info{};
    lcbvb_CONFIG *map = nullptr;
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_VBMAP, &info) == LCB_CLIENT_ETMPFAIL);
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_VBCONFIG, &map) == LCB_CLIENT_ETMPFAIL);
    REQUIRE(instance.connect() == LCB_SUCCESS);
    REQUIRE(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_VBCONFIG, &map) == LCB_SUCCESS);
    CHECK(map->nsrv == 3);
    CHECK(map->nrepl == 1);
    bool away_from_first = false;
    for (const std::string key : {"a", "b", "c", "d", "e", "f"}) {
        info.v.v0.key = key.data();
        info.v.v0.nkey = key.size();
        REQUIRE(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_VBMAP, &info) == LCB_SUCCESS);
        int vbucket = -1, server = -1;
        lcbvb_map_key(map, key.data(), key.size(), &vbucket, &server);
        CHECK(info.v.v0.vbucket == vbucket);
        CHECK(info.v.v0.server_index == server);
        away_from_first = away_from_first || server != 0;
    }
    CHECK(away_from_first);
    info.version = 1;
    CHECK(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_VBMAP, &info) == LCB_EINVAL);
    CHECK(lcb_cntl(instance, LCB_CNTL_SET, LCB_CNTL_VBMAP, &info) == LCB_NOT_SUPPORTED);
}
