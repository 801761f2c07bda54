// SPDX-License-Identifier: Apache-2.0
// View queries through the C API: rows, their documents, the end.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <libcouchbase/views.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"
#include "view_server.hpp"

using namespace tenon::test;

namespace {

std::string text(const void *data, std::size_t size) { return {static_cast<const char *>(data), size}; }

/// What a query's callback was given.
struct Rows {
    std::vector<std::string> rows;  // id key value
    std::vector<std::string> documents;
    int ends = 0;
    lcb_error_t error = LCB_MAX_ERROR;
    int status = 0;
    std::string rest, type;
    lcb_VIEWHANDLE handle = nullptr;
    bool cancel = false, destroy = false;
};

void on_row(lcb_t instance, int, const lcb_RESPVIEWQUERY *row) {
    Rows &rows = *static_cast<Rows *>(row->cookie);
    CHECK(row->version == 0);
    CHECK(rows.ends == 0);
    if ((row->rflags & LCB_RESP_F_FINAL) != 0) {
        ++rows.ends;
        rows.error = row->rc;
        rows.rest = text(row->value, row->nvalue);
        REQUIRE(row->htresp != nullptr);
        rows.status = row->htresp->htstatus;
        for (const char *const *header = row->htresp->headers; header != nullptr && *header != nullptr; header += 2)
            if (std::string_view(*header) == "Content-Type") rows.type = header[1];
        return;
    }
    CHECK(row->rc == LCB_SUCCESS);
    CHECK(row->htresp == nullptr);
    CHECK((row->geometry == nullptr) == (row->ngeometry == 0));
    rows.rows.push_back((row->docid != nullptr ? text(row->docid, row->ndocid) : "-") + " " + text(row->key, row->nkey) +
                        " " + text(row->value, row->nvalue));
    if (const lcb_RESPGET *got = row->docresp)
        rows.documents.push_back(got->rc == LCB_SUCCESS ? text(got->value, got->nvalue)
                                                        : lcb_strerror(instance, got->rc));
    if (rows.cancel) lcb_view_cancel(instance, rows.handle);
    if (rows.destroy) lcb_destroy(instance);
}

struct Views {
    DevclusterChild cluster{{}};
    ViewServer server{cluster.management()};
    Instance instance{server.address()};
    Rows rows;
    lcb_CMDVIEWQUERY command{};

    Views() {
        REQUIRE(instance.connect() == LCB_SUCCESS);
        lcb_view_query_initcmd(&command, "beer", "by_name", "limit=10", on_row);
        command.handle = &rows.handle;
    }
    lcb_error_t query() { return lcb_view_query(instance, &rows, &command); }
};

}  // namespace

TEST_CASE_FIXTURE(Views, "each row by itself, then the rest of the answer") {
    server.answer("200 OK", {"{\"total_rows\":2,\"rows\":[{\"id\":\"a\",\"key\":[\"x\"", "],\"value\":1},",
                             "{\"id\":\"b\",\"key\":null,\"value\":{}}", "\n]}"});
    CHECK(query() == LCB_SUCCESS);
    CHECK(rows.handle != nullptr);
    CHECK(rows.rows.empty());
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(rows.rows == std::vector<std::string>{"a [\"x\"] 1", "b null {}"});
    CHECK(rows.ends == 1);
    CHECK(rows.error == LCB_SUCCESS);
    CHECK(rows.status == 200);
    CHECK(rows.type == "application/json");
    CHECK(rows.rest == "{\"total_rows\":2,\"rows\":[]}");
    CHECK(server.queries().at(0).starts_with("GET /default/_design/beer/_view/by_name?limit=10 HTTP/1.1\r\n"));
    lcb_view_cancel(instance, rows.handle);  // it is gone: nothing

    rows = {};
    server.answer("200 OK", {"{\"rows\":[{\"key\":null,\"value\":7}]}"});
    command.cmdflags = LCB_CMDVIEWQUERY_F_NOROWPARSE | LCB_CMDVIEWQUERY_F_SPATIAL;
    command.postdata = "{\"keys\":[1]}";
    command.npostdata = 12;
    CHECK(query() == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(rows.rows == std::vector<std::string>{"-  {\"key\":null,\"value\":7}"});
    CHECK(server.queries().at(1).starts_with("POST /default/_design/beer/_spatial/by_name"));
    CHECK(server.queries().at(1).ends_with("\r\n\r\n{\"keys\":[1]}"));
}

TEST_CASE_FIXTURE(Views, "rows with their documents, in the view's order") {
    std::string answer = "{\"rows\":[";
    for (int i = 0; i != 50; ++i) {
        const std::string id = "doc-" + std::to_string(i);
        if (i != 7) REQUIRE(instance.store(LCB_SET, id, "value of " + id).error == LCB_SUCCESS);
        answer += (i != 0 ? ",{\"id\":\"" : "{\"id\":\"") + id + "\",\"key\":" + std::to_string(i) + ",\"value\":null}";
    }
    server.answer("200 OK", {answer, "]}"});
    command.cmdflags = LCB_CMDVIEWQUERY_F_INCLUDE_DOCS;
    command.docs_concurrent_max = 3;
    CHECK(query() == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    REQUIRE(rows.rows.size() == 50);
    REQUIRE(rows.documents.size() == 50);
    for (int i = 0; i != 50; ++i) {
        const std::string id = "doc-" + std::to_string(i);
        CHECK(rows.rows[static_cast<unsigned>(i)] == id + " " + std::to_string(i) + " null");
        CHECK(rows.documents[static_cast<unsigned>(i)] ==
              (i != 7 ? "value of " + id : std::string(lcb_strerror(nullptr, LCB_KEY_ENOENT))));
    }
    CHECK(rows.ends == 1);
    CHECK(rows.error == LCB_SUCCESS);

    rows = {};
    server.answer("200 OK", {"{\"rows\":[{\"key\":null,\"value\":7}]}"});  // reduced: there is no document
    CHECK(query() == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(rows.rows == std::vector<std::string>{"- null 7"});
    CHECK(rows.documents.empty());
    CHECK(rows.ends == 1);
}

TEST_CASE_FIXTURE(Views, "a refusal, no JSON, and no answer in time") {
    const auto outcome = [&](const std::string &status, std::vector<std::string> pieces) {
        rows = {};
        server.answer(status, std::move(pieces));
        CHECK(query() == LCB_SUCCESS);
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(rows.ends == 1);
        CHECK(lcb_get_last_error(instance) == rows.error);
        return rows.error;
    };
    CHECK(outcome("404 Object Not Found", {"{\"error\":", "\"not_found\"}"}) == LCB_HTTP_ERROR);
    CHECK(rows.status == 404);
    CHECK(rows.rest == "{\"error\":\"not_found\"}");
    // A long refusal is kept up to 64 KiB, however it comes.
    for (const std::size_t size : {65'535, 65'536, 65'537, 100'000}) {
        const std::string half(size / 2, 'x'), text = half + std::string(size - half.size(), 'y');
        CHECK(outcome("500 Internal Server Error", {half, text.substr(half.size())}) == LCB_HTTP_ERROR);
        CHECK(rows.status == 500);
        CHECK((rows.rest == text.substr(0, 65'536)));
    }
    CHECK(outcome("200 OK", {"{\"rows\":[{\"id\":\"a\",\"key\":1,\"value\":2}, nonsense"}) == LCB_PROTOCOL_ERROR);
    CHECK(rows.rows.size() == 1);
    CHECK(lcb_cntl_setu32(instance, LCB_CNTL_VIEW_TIMEOUT, 200'000) == LCB_SUCCESS);
    CHECK(outcome("200 OK", {}) == LCB_ETIMEDOUT);
    CHECK(rows.status == 0);
}

TEST_CASE_FIXTURE(Views, "a query that is cancelled says no more, with documents and without") {
    REQUIRE(instance.store(LCB_SET, "a", "value").error == LCB_SUCCESS);
    for (const lcb_U32 flags : {0, LCB_CMDVIEWQUERY_F_INCLUDE_DOCS}) {
        rows = {};
        rows.cancel = true;
        command.cmdflags = flags;
        server.answer("200 OK", {"{\"rows\":[{\"id\":\"a\",\"key\":1,\"value\":1},{\"id\":\"a\",\"key\":2,\"value\":1},",
                                 "{\"id\":\"a\",\"key\":3,\"value\":1}]}"});
        CHECK(query() == LCB_SUCCESS);
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        CHECK(rows.rows.size() == 1);
        CHECK(rows.ends == 0);
    }
    rows = {};
    server.answer("200 OK", {});
    CHECK(query() == LCB_SUCCESS);
    lcb_view_cancel(instance, rows.handle);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(rows.ends == 0);
}

TEST_CASE_FIXTURE(Views, "the instance is destroyed in a row's callback, or with a query under way") {
    for (const lcb_U32 flags : {0, LCB_CMDVIEWQUERY_F_INCLUDE_DOCS}) {
        Instance other(server.address());
        REQUIRE(other.connect() == LCB_SUCCESS);
        REQUIRE(other.store(LCB_SET, "a", "value").error == LCB_SUCCESS);
        server.answer("200 OK", {"{\"rows\":[{\"id\":\"a\",\"key\":1,\"value\":1},"
                                 "{\"id\":\"a\",\"key\":2,\"value\":1}]}"});
        rows = {};
        rows.destroy = true;
        command.cmdflags = flags;
        const lcb_t handle = other.release();
        CHECK(lcb_view_query(handle, &rows, &command) == LCB_SUCCESS);
        CHECK(lcb_wait(handle) == LCB_ERROR);
        CHECK(rows.rows.size() == 1);
        CHECK(rows.ends == 0);
    }
    Instance other(server.address());
    REQUIRE(other.connect() == LCB_SUCCESS);
    CHECK(lcb_view_query(other, &rows, &command) == LCB_SUCCESS);
}

TEST_CASE_FIXTURE(Views, "queries that are refused at once") {
    auto broken = command;
    broken.callback = nullptr;
    CHECK(lcb_view_query(instance, &rows, &broken) == LCB_EINVAL);
    broken = command;
    broken.nddoc = 0;
    CHECK(lcb_view_query(instance, &rows, &broken) == LCB_EINVAL);
    broken = command;
    broken.nview = 0;
    CHECK(lcb_view_query(instance, &rows, &broken) == LCB_EINVAL);
    broken = command;
    broken.cmdflags = LCB_CMDVIEWQUERY_F_INCLUDE_DOCS | LCB_CMDVIEWQUERY_F_NOROWPARSE;
    CHECK(lcb_view_query(instance, &rows, &broken) == LCB_OPTIONS_CONFLICT);
    for (const auto text : {&lcb_CMDVIEWQUERY::ddoc, &lcb_CMDVIEWQUERY::view, &lcb_CMDVIEWQUERY::optstr,
                            &lcb_CMDVIEWQUERY::postdata}) {
        broken = command;
        broken.npostdata = text == &lcb_CMDVIEWQUERY::postdata ? 2 : 0;
        broken.*text = nullptr;
        CHECK(lcb_view_query(instance, &rows, &broken) == LCB_EINVAL);
    }
    CHECK(lcb_view_query(instance, &rows, nullptr) == LCB_EINVAL);
    Instance unconnected("127.0.0.1:1");
    CHECK(lcb_view_query(unconnected, &rows, &command) == LCB_CLIENT_ETMPFAIL);
    Instance without(cluster.management());
    REQUIRE(without.connect() == LCB_SUCCESS);
    CHECK(lcb_view_query(without, &rows, &command) == LCB_NO_MATCHING_SERVER);
    CHECK(rows.rows.empty());
    CHECK(std::string(lcb_get_node(instance, LCB_NODE_VIEWS, 0)) == server.address());
    CHECK(lcb_get_node(without, LCB_NODE_VIEWS, 0) == nullptr);
}
