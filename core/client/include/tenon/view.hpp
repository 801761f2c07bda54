// SPDX-License-Identifier: Apache-2.0
/// @file
/// Views, row by row: `tenon::ViewQuery` and `tenon::ViewRow`.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <tenon/cancellation.hpp>
#include <tenon/reply.hpp>
#include <tenon/results.hpp>

namespace tenon {

/// What is asked of one view of the client's bucket. Copied when it is started.
struct ViewQuery {
    /// The name of the design document ("beer", "dev_beer"), as it is: it is encoded on the way.
    std::string_view design = {};
    /// The name of the view, the same way.
    std::string_view view = {};
    /// What stands behind the '?', encoded as it is to be sent: "limit=10&descending=true".
    std::string_view options = {};
    /// A JSON object with more options ({"keys": […]}), to be sent as the body; empty: none.
    std::string_view body = {};
    /// The view is a spatial one.
    bool spatial = false;
    /// Rows are not taken apart: `json` is all there is of them.
    bool whole_rows = false;
    /// From the call to the last row; zero: Options::http_timeout.
    std::chrono::microseconds timeout{0};
    /// Ends it early, with errc::cancelled. Null: nothing does, but Client::cancel_http().
    Cancellation *cancellation = nullptr;
};

/// One row, or the end. What it points to is valid until the callback returns.
struct ViewRow {
    /// At the end only: errc::http (a status other than 200; `json` is the answer's first 64 KiB), errc::protocol (no
    /// JSON from some place on, or a part of it has no end), and what Client::http says.
    std::error_code error;
    /// The answer's status; 0 before there is a head.
    unsigned status = 0;
    /// Its headers.
    std::span<const std::pair<std::string, std::string>> headers;
    /// The whole row. At the end: the answer without its rows, as in {"total_rows":3,"rows":[]}.
    std::string_view json;
    std::string_view key;       ///< JSON, as it came; empty: the row has none
    std::string_view value;     ///< the same
    std::string_view geometry;  ///< the same, of a spatial view
    /// The document's name, unescaped; without data: the row has none, as that of a reduced view.
    std::string_view id;
    /// The node, "host:port".
    std::string_view server;
    /// The error in words.
    std::string_view detail;
    /// No row: the end.
    bool last = true;
};

/// Called once a row, as rows come, and once more at the end. It may cancel the query and destroy the client.
using ViewCallback = std::function<void(const ViewRow &)>;

/// A row that keeps what it points to. Move-only.
template <>
class Owned<ViewRow> : public ViewRow {
public:
    /// Copies what the row points to.
    explicit Owned(const ViewRow &row) : ViewRow(row), headers_(row.headers.begin(), row.headers.end()) {
        headers = headers_;
        std::string_view *const texts[] = {&json, &key, &value, &geometry, &id, &server, &detail};
        std::size_t size = 0;
        for (const std::string_view *text : texts) size += text->size();
        bytes_ = std::make_unique_for_overwrite<char[]>(size);
        char *end = bytes_.get();
        for (std::string_view *text : texts) {
            if (text->data() == nullptr) continue;  // which says that the row has none
            const std::string_view kept(end, text->size());
            end += text->copy(end, text->size());
            *text = kept;
        }
    }

private:
    std::vector<std::pair<std::string, std::string>> headers_;
    std::unique_ptr<char[]> bytes_;
};

}  // namespace tenon
