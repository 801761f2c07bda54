// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tenon::bootstrap {

/// Takes a stream of documents apart that are separated by four newlines, however it is cut.
class MapStream {
public:
    static constexpr std::size_t kMaxDocument = 64 * 1024 * 1024;

    explicit MapStream(std::size_t max_document = kMaxDocument) : max_document_(max_document) {}

    void feed(std::string_view bytes);
    /// The next complete document, oldest first; valid until the next call. To be asked until there is none.
    std::optional<std::string_view> next();
    /// What has come of a document whose end has not.
    std::string_view rest() const { return std::string_view(buffer_).substr(begin_); }
    /// The document under way exceeds the limit; there is no use in going on.
    bool too_long() const { return buffer_.size() - begin_ > max_document_; }

private:
    std::size_t max_document_;
    std::string buffer_;
    std::size_t begin_ = 0;    // of the document under way
    std::size_t scanned_ = 0;  // no separator begins in front of this
};

}  // namespace tenon::bootstrap
