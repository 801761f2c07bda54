// SPDX-License-Identifier: Apache-2.0
// HTTP requests: to views, to the management, and to any host.
#include "http.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <tenon/http.hpp>

#include "deliver.hpp"
#include "enumerators.hpp"
#include "error.hpp"
#include "instance.hpp"
#include "schedule.hpp"
#include "work.hpp"

namespace tenon::couchbase2 {
namespace {

auto find(lcb_t instance, lcb_http_request_t request) {
    return std::ranges::find(instance->http_requests, request, [](const auto &one) { return one.get(); });
}

void call_old(const lcb_http_request_t request, const lcb_RESPHTTP &response, bool last) {
    const Callbacks &callbacks = request->instance->callbacks;
    const lcb_http_res_callback callback = last ? callbacks.http_complete : callbacks.http_data;
    lcb_http_resp_t old{};
    old.v.v0.status = static_cast<lcb_http_status_t>(response.htstatus);
    old.v.v0.path = request->path.c_str();
    old.v.v0.npath = request->path.size();
    old.v.v0.headers = response.headers;
    old.v.v0.bytes = response.body;
    old.v.v0.nbytes = response.nbody;
    callback(request, request->instance, request->cookie, response.rc, &old);
}

void on_reply(const std::shared_ptr<lcb_http_request_st> &request, const HttpReply &reply) {
    const lcb_t instance = request->instance;
    const std::vector<const char *> headers = header_list(reply.headers);
    auto response = response_of<lcb_RESPHTTP>(request->cookie, to_lcb(reply.error), reply.last);
    response.key = request->path.data();
    response.nkey = request->path.size();
    response.htstatus = static_cast<short>(reply.status);
    response.headers = reply.status != 0 ? headers.data() : nullptr;
    response.body = reply.body.data();
    response.nbody = reply.body.size();
    response._htreq = request.get();
    if (reply.last) {
        instance->last_error = response.rc;
        if (const auto found = find(instance, request.get()); found != instance->http_requests.end())
            instance->http_requests.erase(found);
    }
    if (const lcb_RESPCALLBACK callback = callback_of(instance, LCB_CALLBACK_HTTP))
        callback(instance, LCB_CALLBACK_HTTP, reinterpret_cast<const lcb_RESPBASE *>(&response));
    else
        call_old(request.get(), response, reply.last);
}

/// A request of any version, in the C++ face's words but for the path.
struct Wish {
    unsigned type = LCB_HTTP_TYPE_MAX, method = LCB_HTTP_METHOD_MAX;
    std::string_view path = {};
    HttpRequest request = {};
};

std::string_view text(const char *argument) { return argument != nullptr ? argument : std::string_view(); }

lcb_error_t start(lcb_t instance, const void *cookie, Wish &wish, lcb_http_request_t *handle) {
    constexpr std::array<std::string_view, LCB_HTTP_METHOD_MAX> kMethods{"GET", "POST", "PUT", "DELETE"};
    if (instance->destroying || !instance->client) return LCB_CLIENT_ETMPFAIL;
    if (wish.type >= LCB_HTTP_TYPE_MAX || wish.method >= LCB_HTTP_METHOD_MAX) return LCB_EINVAL;
    if ((wish.type == LCB_HTTP_TYPE_RAW) == wish.request.host.empty()) return LCB_EINVAL;
    if (is_missing(wish.path.data(), wish.path.size())) return LCB_EINVAL;
    if (is_missing(wish.request.body.data(), wish.request.body.size())) return LCB_EINVAL;
    const Settings &settings = instance->settings;
    const bool view = wish.type == LCB_HTTP_TYPE_VIEW;
    const auto request = std::make_shared<lcb_http_request_st>(instance, cookie, std::string(wish.path));
    std::string_view rest = wish.path;
    if (rest.starts_with('/')) rest.remove_prefix(1);
    const std::string path = "/" + (view ? settings.options.bucket + "/" : std::string()) + std::string(rest);
    wish.request.service = view ? HttpService::views : HttpService::management;
    wish.request.method = kMethods[wish.method];
    wish.request.path = path;
    wish.request.timeout = view ? settings.view_timeout : settings.http_timeout;
    const auto done = [request](const HttpReply &reply) {
        const auto self = request;  // the program's callback may destroy the instance, and this with it
        on_reply(self, reply);
    };
    if (const std::error_code error = instance->client->http(wish.request, done, &request->id)) return to_lcb(error);
    instance->http_requests.push_back(request);
    if (handle != nullptr) *handle = request.get();
    return LCB_SUCCESS;
}

template <class Fields>
void describe(const Fields &fields, Wish &wish) {
    wish.method = number_of(fields.method);
    wish.path = bytes_of(fields.path, fields.npath);
    wish.request.body = as_bytes(bytes_of(fields.body, fields.nbody));
    wish.request.content_type = text(fields.content_type);
    wish.request.streamed = fields.chunked != 0;
    if constexpr (requires { fields.host; }) {
        wish.request.host = text(fields.host);
        wish.request.username = text(fields.username);
        wish.request.password = text(fields.password);
    }
}

}  // namespace

std::vector<const char *> header_list(std::span<const std::pair<std::string, std::string>> headers) {
    std::vector<const char *> list;
    for (const auto &[name, value] : headers) {
        list.push_back(name.c_str());
        list.push_back(value.c_str());
    }
    list.push_back(nullptr);
    return list;
}

void cancel_http_requests(lcb_t instance) {
    for (const auto &request : std::exchange(instance->http_requests, {})) instance->client->cancel_http(request->id);
}

}  // namespace tenon::couchbase2

using namespace tenon::couchbase2;

lcb_error_t lcb_make_http_request(lcb_t instance, const void *cookie, lcb_http_type_t type, const lcb_http_cmd_t *cmd,
                                  lcb_http_request_t *request) {
    return guarded([&] {
        if (cmd == nullptr) return LCB_EINVAL;
        Wish wish;
        wish.type = number_of(type);
        switch (cmd->version) {
        case 0: describe(cmd->v.v0, wish); break;
        case 1: describe(cmd->v.v1, wish); break;
        default: return LCB_EINVAL;
        }
        const lcb_error_t error = start(instance, cookie, wish, request);
        return error != LCB_SUCCESS ? error : wait_if_synchronous(instance);
    });
}

lcb_error_t lcb_http3(lcb_t instance, const void *cookie, const lcb_CMDHTTP *cmd) {
    return guarded([&] {
        if (cmd == nullptr) return LCB_EINVAL;
        Wish wish;
        wish.type = number_of(cmd->type);
        wish.method = number_of(cmd->method);
        wish.path = bytes_of(cmd->key.contig.bytes, cmd->key.contig.nbytes);
        wish.request.body = tenon::as_bytes(bytes_of(cmd->body, cmd->nbody));
        wish.request.content_type = text(cmd->content_type);
        wish.request.streamed = (cmd->cmdflags & LCB_CMDHTTP_F_STREAM) != 0;
        wish.request.host = text(cmd->host);
        wish.request.username = text(cmd->username);
        wish.request.password = text(cmd->password);
        return start(instance, cookie, wish, cmd->reqhandle);
    });
}

void lcb_cancel_http_request(lcb_t instance, lcb_http_request_t request) {
    const auto found = find(instance, request);
    if (found == instance->http_requests.end()) return;
    const auto ended = std::move(*found);
    instance->http_requests.erase(found);
    instance->client->cancel_http(ended->id);
}
