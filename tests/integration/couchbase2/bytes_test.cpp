// SPDX-License-Identifier: Apache-2.0
// What crosses the border: a program's memory is its own again when a call returns, and a CAS is the eight bytes of the
// wire.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <libcouchbase/api3.h>
#include <libcouchbase/manage.h>
#include <libcouchbase/views.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"
#include "view_server.hpp"

using namespace tenon::test;

namespace {

/// Texts that are overwritten and freed when it goes.
class Lent {
public:
    Lent() = default;
    Lent(const Lent &) = delete;
    Lent &operator=(const Lent &) = delete;
    ~Lent() {
        for (const auto &[text, size] : texts_) std::memset(text.get(), 'X', size);
    }

    /// Ended by a 0 byte.
    const char *operator()(std::string_view text) {
        auto copy = std::make_unique<char[]>(text.size() + 1);
        std::memcpy(copy.get(), text.data(), text.size());
        return texts_.emplace_back(std::move(copy), text.size() + 1).first.get();
    }

private:
    std::vector<std::pair<std::unique_ptr<char[]>, std::size_t>> texts_;
};

/// What responses of version 3 said, one after the other.
std::vector<std::string> seen;

void note(lcb_t instance, int, const lcb_RESPBASE *response) {
    seen.push_back(std::string(static_cast<const char *>(response->key), response->nkey) + " " +
                   lcb_strerror(instance, response->rc));
}

void note_row(lcb_t instance, int type, const lcb_RESPVIEWQUERY *row) {
    note(instance, type, reinterpret_cast<const lcb_RESPBASE *>(row));
}

void note_managed(lcb_t instance, lcb_MANAGEOPERATION, const lcb_RESPMANAGE *response) {
    note(instance, 0, reinterpret_cast<const lcb_RESPBASE *>(response));
}

/// The header of a node's answer to a get, 24 bytes.
std::string raw_get(const std::string &node, std::string_view key, std::uint16_t vbucket) {
    const int sock = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(node.c_str() + node.rfind(':') + 1)));
    REQUIRE(::connect(sock, reinterpret_cast<sockaddr *>(&address), sizeof address) == 0);
    std::string request(24, '\0');
    request[0] = '\x80';
    request[3] = request[11] = static_cast<char>(key.size());
    request[6] = static_cast<char>(vbucket >> 8);
    request[7] = static_cast<char>(vbucket);
    request += key;
    REQUIRE(::send(sock, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()));
    std::string header(24, '\0');
    REQUIRE(::recv(sock, header.data(), header.size(), MSG_WAITALL) == static_cast<ssize_t>(header.size()));
    ::close(sock);
    return header;
}

}  // namespace

TEST_CASE("what a command points to may go as soon as the call returns") {
    const DevclusterChild cluster({"--nodes", "1"});
    ViewServer views(cluster.management());
    views.answer("200 OK", {"{\"rows\":[{\"key\":\"row\",\"value\":1}]}"});
    Instance instance(views.address());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    lcb_install_callback3(instance, LCB_CALLBACK_DEFAULT, note);
    seen.clear();
    const std::string node = lcb_get_node(instance, LCB_NODE_DATA, 0);
    {
        Lent lent;
        const auto store = std::make_unique<lcb_store_cmd_t>(LCB_SET, lent("stored"), 6, lent("value"), 5);
        store->v.v0.hashkey = lent("hash");
        store->v.v0.nhashkey = 4;
        const lcb_store_cmd_t *const stores[] = {store.get()};
        CHECK(lcb_store(instance, nullptr, 1, stores) == LCB_SUCCESS);
        lcb_CMDGET get{};
        LCB_CMD_SET_KEY(&get, lent("stored"), 6);
        get._hashkey.contig.bytes = lent("hash");
        get._hashkey.contig.nbytes = 4;
        CHECK(lcb_get3(instance, nullptr, &get) == LCB_SUCCESS);
        const lcb_server_stats_cmd_t stats(lent("vbucket"), 7);
        const lcb_server_stats_cmd_t *const groups[] = {&stats};
        lcb_install_callback3(instance, LCB_CALLBACK_STATS, [](lcb_t, int, const lcb_RESPBASE *) {});
        CHECK(lcb_server_stats(instance, nullptr, 1, groups) == LCB_SUCCESS);
        const lcb_verbosity_cmd_t verbosity(LCB_VERBOSITY_INFO, lent(node));
        const lcb_verbosity_cmd_t *const levels[] = {&verbosity};
        CHECK(lcb_set_verbosity(instance, nullptr, 1, levels) == LCB_SUCCESS);
        lcb_CMDMANAGE manage{};
        manage.operation = LCB_MANAGE_SET_FLUSH_PARAM;
        LCB_CMD_SET_KEY(&manage, lent("mem_high_wat"), 12);
        manage.value = {lent("75"), 2};
        manage.callback = note_managed;
        CHECK(lcb_manage3(instance, nullptr, &manage) == LCB_SUCCESS);
    }
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    const std::string good = std::string(" ") + lcb_strerror(nullptr, LCB_SUCCESS);
    REQUIRE(seen.size() == 6);  // the last four: a server's answer and the end, twice
    CHECK(seen[0] == "stored" + good);
    CHECK(seen[1] == "stored" + good);
    for (const std::string &one : seen) CHECK_MESSAGE(one.ends_with(good), one);

    seen.clear();
    {
        Lent lent;
        lcb_CMDHTTP http{};
        http.type = LCB_HTTP_TYPE_MANAGEMENT;
        LCB_CMD_SET_KEY(&http, lent("/pools"), 6);
        http.host = lent(cluster.management());
        http.type = LCB_HTTP_TYPE_RAW;
        CHECK(lcb_http3(instance, nullptr, &http) == LCB_SUCCESS);
        lcb_CMDVIEWQUERY query;
        lcb_view_query_initcmd(&query, lent("design"), lent("view"), lent("limit=1"), note_row);
        CHECK(lcb_view_query(instance, nullptr, &query) == LCB_SUCCESS);
    }
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(seen.size() == 3);
    for (const std::string &one : seen) CHECK_MESSAGE(one.ends_with(good), one);
    CHECK(views.queries().at(0).starts_with("GET /default/_design/design/_view/view?limit=1 "));
}

TEST_CASE("a CAS is the wire's eight bytes, unswapped") {
    const DevclusterChild cluster({"--nodes", "1"});
    Instance instance(cluster.management());
    REQUIRE(instance.connect() == LCB_SUCCESS);
    for (int i = 0; i != 3; ++i) REQUIRE(instance.store(LCB_SET, "other", "value").error == LCB_SUCCESS);
    const Outcome stored = instance.store(LCB_SET, "key", "value");
    lcb_cntl_vbinfo_t where{};
    where.v.v0.key = "key";
    where.v.v0.nkey = 3;
    REQUIRE(lcb_cntl(instance, LCB_CNTL_GET, LCB_CNTL_VBMAP, &where) == LCB_SUCCESS);
    const std::string header = raw_get(lcb_get_node(instance, LCB_NODE_DATA, 0), "key",
                                       static_cast<std::uint16_t>(where.v.v0.vbucket));
    CHECK(static_cast<unsigned char>(header[0]) == 0x81);
    CHECK(header.substr(6, 2) == std::string(2, '\0'));  // it is there
    const std::string bytes = header.substr(16, 8);
    CHECK(bytes != std::string(bytes.rbegin(), bytes.rend()));  // else this could not fail
    CHECK(std::memcmp(&stored.cas, bytes.data(), sizeof stored.cas) == 0);
    const Outcome got = instance.get("key");
    CHECK(std::memcmp(&got.cas, bytes.data(), sizeof got.cas) == 0);
}
