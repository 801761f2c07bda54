// SPDX-License-Identifier: Apache-2.0
// View queries: an HTTP request whose answer is taken apart while it comes.
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "client/instance.hpp"
#include "client/view_rows.hpp"

namespace tenon::client {
namespace {

/// A name as a part of a path.
std::string encoded(std::string_view name) {
    constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    constexpr char kDigits[] = "0123456789ABCDEF";
    std::string text;
    for (const char c : name) {
        if (kPlain.find(c) != kPlain.npos) {
            text += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            text += '%';
            text += kDigits[byte >> 4];
            text += kDigits[byte & 15];
        }
    }
    return text;
}

/// As much of a refusal's text is kept.
constexpr std::size_t kLongestRefusal = std::size_t{64} << 10;

class ViewAnswer {
public:
    ViewAnswer(bool whole_rows, ViewCallback callback) : rows_(whole_rows), callback_(std::move(callback)) {}

    void take(const HttpReply &reply, Part part, const bool &over) {
        if (part == Part::end) return end(reply);
        if (reply.status != 200) {
            refusal_ += reply.text().substr(0, kLongestRefusal - refusal_.size());
            return;
        }
        rows_.feed(reply.text());
        if (part == Part::all) rows_.end();
        while (auto row = rows_.next()) {
            ViewRow told = about(reply);
            told.last = false;
            told.json = row->json;
            told.key = row->key;
            told.value = row->value;
            told.geometry = row->geometry;
            if (row->id) told.id = *row->id;
            callback_(told);
            if (over) return;
        }
    }

private:
    static ViewRow about(const HttpReply &reply) {
        ViewRow row;
        row.status = reply.status;
        row.headers = reply.headers;
        row.server = reply.server;
        return row;
    }

    void end(const HttpReply &reply) {
        ViewRow row = about(reply);
        const std::string rest = reply.status == 200 ? rows_.rest() : std::move(refusal_);
        row.json = rest;
        row.error = reply.error;
        row.detail = reply.detail;
        if (!row.error && reply.status != 200) {
            row.error = errc::http;
            row.detail = "the node refused the query";
        } else if (!row.error && rows_.broken()) {
            row.error = errc::protocol;
            row.detail = "the answer is not what views answer";
        }
        callback_(row);
    }

    ViewRows rows_;
    ViewCallback callback_;
    std::string refusal_;
};

}  // namespace

std::error_code Instance::view(const ViewQuery &query, ViewCallback callback, std::uint64_t *id) {
    if (query.design.empty() || query.view.empty() || !callback) return errc::invalid_arguments;
    std::string path = "/" + encoded(options_.bucket) + "/_design/" + encoded(query.design) +
                       (query.spatial ? "/_spatial/" : "/_view/") + encoded(query.view);
    if (!query.options.empty()) path += "?" + std::string(query.options);
    HttpRequest request;
    request.service = HttpService::views;
    request.path = path;
    if (!query.body.empty()) {
        request.method = "POST";
        request.content_type = "application/json";
        request.body = as_bytes(query.body);
    }
    request.streamed = true;
    request.timeout = query.timeout;
    request.cancellation = query.cancellation;
    request.max_body = std::numeric_limits<std::size_t>::max();
    const auto answer = std::make_shared<ViewAnswer>(query.whole_rows, std::move(callback));
    const auto taken = [answer](const HttpReply &reply, Part part, const bool &over) {
        answer->take(reply, part, over);
    };
    return start_request(request, taken, id);
}

}  // namespace tenon::client
