// SPDX-License-Identifier: Apache-2.0
// HTTP requests through the C API.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <libcouchbase/api3.h>

#include "devcluster_child.hpp"
#include "fixture.hpp"

using namespace tenon::test;

namespace {

/// What a request's callbacks were given.
struct Answer {
    int completions = 0, pieces = 0;
    lcb_error_t error = LCB_MAX_ERROR;
    int status = 0;
    std::string path, body, content_type;
    lcb_http_request_t request = nullptr;
};

Answer &answer_of(const void *cookie) { return *static_cast<Answer *>(const_cast<void *>(cookie)); }

void note_headers(Answer &answer, const char *const *headers) {
    for (; headers != nullptr && *headers != nullptr; headers += 2) {
        REQUIRE(headers[1] != nullptr);
        if (std::string_view(*headers) == "Content-Type") answer.content_type = headers[1];
    }
}

void on_complete(lcb_http_request_t request, lcb_t, const void *cookie, lcb_error_t error, const lcb_http_resp_t *response) {
    Answer &answer = answer_of(cookie);
    CHECK(response->version == 0);
    ++answer.completions;
    answer.error = error;
    answer.status = response->v.v0.status;
    answer.path.assign(response->v.v0.path, response->v.v0.npath);
    answer.body.append(static_cast<const char *>(response->v.v0.bytes), response->v.v0.nbytes);
    note_headers(answer, response->v.v0.headers);
    answer.request = request;
}

void on_data(lcb_http_request_t, lcb_t, const void *cookie, lcb_error_t error, const lcb_http_resp_t *response) {
    Answer &answer = answer_of(cookie);
    CHECK(error == LCB_SUCCESS);
    CHECK(answer.completions == 0);
    ++answer.pieces;
    answer.body.append(static_cast<const char *>(response->v.v0.bytes), response->v.v0.nbytes);
}

struct Connected {
    DevclusterChild cluster{{"--nodes", "2"}};
    Instance instance{cluster.management()};
    Answer answer;
    Connected() {
        REQUIRE(instance.connect() == LCB_SUCCESS);
        lcb_set_http_complete_callback(instance, on_complete);
        lcb_set_http_data_callback(instance, on_data);
    }

    lcb_error_t make(const lcb_http_cmd_t &command, lcb_http_type_t type = LCB_HTTP_TYPE_MANAGEMENT,
                     lcb_http_request_t *request = nullptr) {
        return lcb_make_http_request(instance, &answer, type, &command, request);
    }
};

lcb_http_cmd_t get(std::string_view path, bool chunked = false) {
    return {path.data(), path.size(), nullptr, 0, LCB_HTTP_METHOD_GET, chunked, nullptr};
}

lcb_http_cmd_t get_from(const std::string &host, std::string_view path) {
    lcb_http_cmd_t command;
    command.version = 1;
    command.v.v1.path = path.data();
    command.v.v1.npath = path.size();
    command.v.v1.method = LCB_HTTP_METHOD_GET;
    command.v.v1.host = host.c_str();
    return command;
}

}  // namespace

TEST_CASE_FIXTURE(Connected, "the management answers: status, headers, body, path") {
    lcb_http_request_t request = nullptr;
    CHECK(make(get("/pools/default/buckets/default"), LCB_HTTP_TYPE_MANAGEMENT, &request) == LCB_SUCCESS);
    CHECK(request != nullptr);
    CHECK(answer.completions == 0);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answer.completions == 1);
    CHECK(answer.pieces == 0);
    CHECK(answer.request == request);
    CHECK(answer.error == LCB_SUCCESS);
    CHECK(answer.status == LCB_HTTP_STATUS_OK);
    CHECK(answer.path == "/pools/default/buckets/default");
    CHECK_MESSAGE(answer.body.find("vBucketServerMap") != std::string::npos, answer.body);
    CHECK(answer.content_type.find("application/json") != std::string::npos);
    lcb_cancel_http_request(instance, request);  // it is gone: nothing

    answer = {};
    CHECK(make(get("no/such/path")) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answer.error == LCB_SUCCESS);
    CHECK(answer.status == LCB_HTTP_STATUS_NOT_FOUND);
}

TEST_CASE_FIXTURE(Connected, "a body in pieces, and any host") {
    CHECK(make(get("/pools/default/buckets/default", true)) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answer.completions == 1);
    CHECK(answer.pieces >= 1);
    CHECK(answer.body.find("vBucketServerMap") != std::string::npos);
    answer = {};
    CHECK(make(get_from(cluster.management(), "/pools"), LCB_HTTP_TYPE_RAW) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answer.status == LCB_HTTP_STATUS_OK);
    answer = {};
    CHECK(make(get_from("127.0.0.1:1", "/pools"), LCB_HTTP_TYPE_RAW) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answer.completions == 1);
    CHECK((LCB_EIFNET(answer.error) != 0));
    CHECK(answer.status == 0);
}

TEST_CASE_FIXTURE(Connected, "by the version-3 command") {
    static std::vector<int> finals;
    finals.clear();
    lcb_install_callback3(instance, LCB_CALLBACK_HTTP, [](lcb_t, int type, const lcb_RESPBASE *base) {
        const auto &response = *reinterpret_cast<const lcb_RESPHTTP *>(base);
        CHECK(type == LCB_CALLBACK_HTTP);
        Answer &seen = answer_of(response.cookie);
        CHECK(response.htstatus == 200);
        CHECK(response._htreq == seen.request);
        seen.path.assign(static_cast<const char *>(response.key), response.nkey);
        seen.body.append(static_cast<const char *>(response.body), response.nbody);
        finals.push_back((response.rflags & LCB_RESP_F_FINAL) != 0);
    });
    for (const bool streamed : {false, true}) {
        finals.clear();
        answer = {};
        lcb_CMDHTTP command{};
        LCB_CMD_SET_KEY(&command, "/pools", 6);
        command.type = LCB_HTTP_TYPE_MANAGEMENT;
        command.method = LCB_HTTP_METHOD_GET;
        command.reqhandle = &answer.request;
        if (streamed) command.cmdflags = LCB_CMDHTTP_F_STREAM;
        CHECK(lcb_http3(instance, &answer, &command) == LCB_SUCCESS);
        CHECK(lcb_wait(instance) == LCB_SUCCESS);
        REQUIRE(!finals.empty());
        CHECK(finals.back() == 1);
        CHECK((finals.size() > 1) == streamed);
        CHECK(answer.path == "/pools");
        CHECK(answer.body.find("default") != std::string::npos);
    }
    CHECK(lcb_http3(instance, &answer, nullptr) == LCB_EINVAL);
}

TEST_CASE_FIXTURE(Connected, "a request that is cancelled says no more, and is not waited for") {
    lcb_http_request_t request = nullptr;
    CHECK(make(get("/pools"), LCB_HTTP_TYPE_MANAGEMENT, &request) == LCB_SUCCESS);
    lcb_cancel_http_request(instance, request);
    lcb_cancel_http_request(instance, request);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answer.completions == 0);

    // In the middle of a stream that has no end.
    lcb_set_http_data_callback(instance, [](lcb_http_request_t of, lcb_t handle, const void *cookie, lcb_error_t,
                                            const lcb_http_resp_t *) {
        ++answer_of(cookie).pieces;
        lcb_cancel_http_request(handle, of);
    });
    CHECK(make(get("/pools/default/bucketsStreaming/default", true)) == LCB_SUCCESS);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answer.pieces == 1);
    CHECK(answer.completions == 0);
}

TEST_CASE_FIXTURE(Connected, "the instance may be destroyed in a request's callback, and with requests under way") {
    lcb_set_http_complete_callback(
        instance, [](lcb_http_request_t, lcb_t handle, const void *cookie, lcb_error_t, const lcb_http_resp_t *) {
            ++answer_of(cookie).completions;
            lcb_destroy(handle);
        });
    CHECK(make(get("/pools/default/bucketsStreaming/default", true)) == LCB_SUCCESS);
    CHECK(make(get("/pools")) == LCB_SUCCESS);
    lcb_wait(instance.release());
    CHECK(answer.completions == 1);
}

TEST_CASE_FIXTURE(Connected, "requests that make no sense are refused") {
    CHECK(make(get("/pools"), static_cast<lcb_http_type_t>(3)) == LCB_EINVAL);
    CHECK(make(get("/pools"), LCB_HTTP_TYPE_RAW) == LCB_EINVAL);
    CHECK(make(get_from("host:1", "/pools"), LCB_HTTP_TYPE_MANAGEMENT) == LCB_EINVAL);
    auto command = get("/pools");
    command.v.v0.method = LCB_HTTP_METHOD_MAX;
    CHECK(make(command) == LCB_EINVAL);
    command = get("/pools");
    command.version = 2;
    CHECK(make(command) == LCB_EINVAL);
    command = get("/pools");
    command.v.v0.nbody = 3;
    CHECK(make(command) == LCB_EINVAL);
    lcb_CMDHTTP newer{};
    LCB_CMD_SET_KEY(&newer, "/pools", 6);
    newer.type = LCB_HTTP_TYPE_MANAGEMENT;
    newer.nbody = 3;
    CHECK(lcb_http3(instance, &answer, &newer) == LCB_EINVAL);
    CHECK(lcb_make_http_request(instance, nullptr, LCB_HTTP_TYPE_MANAGEMENT, nullptr, nullptr) == LCB_EINVAL);
    lcb_cancel_http_request(instance, nullptr);
    Instance unconnected("127.0.0.1:1");
    const auto good = get("/pools");
    CHECK(lcb_make_http_request(unconnected, nullptr, LCB_HTTP_TYPE_MANAGEMENT, &good, nullptr) == LCB_CLIENT_ETMPFAIL);
    CHECK(lcb_wait(instance) == LCB_SUCCESS);
    CHECK(answer.completions == 0);
}
