// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/map_stream.hpp"

#include <algorithm>

namespace tenon::bootstrap {
namespace {

constexpr std::string_view kSeparator = "\n\n\n\n";

}  // namespace

void MapStream::feed(std::string_view bytes) {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    buffer_ += bytes;
}

std::optional<std::string_view> MapStream::next() {
    // More newlines than four are the same separator.
    while (begin_ < buffer_.size() && buffer_[begin_] == '\n') ++begin_;
    if (begin_ == buffer_.size()) {
        // The next document may be hours away.
        std::string().swap(buffer_);
        begin_ = scanned_ = 0;
        return std::nullopt;
    }
    const std::size_t end = buffer_.find(kSeparator, std::max(begin_, scanned_));
    if (end == std::string::npos) {
        scanned_ = std::max(begin_, buffer_.size() - std::min(buffer_.size(), kSeparator.size() - 1));
        return std::nullopt;
    }
    const std::string_view document = std::string_view(buffer_).substr(begin_, end - begin_);
    begin_ = scanned_ = end + kSeparator.size();
    return document;
}

}  // namespace tenon::bootstrap
