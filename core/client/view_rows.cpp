// SPDX-License-Identifier: Apache-2.0
#include "client/view_rows.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include <rapidjson/reader.h>

namespace tenon::client {
namespace {

/// To be read by recursion.
constexpr unsigned kDeepest = 200;
/// Up to so many bytes are looked at each time more come; of a longer row only when there is half as much again.
constexpr std::size_t kShort = std::size_t{64} << 10;

constexpr std::string_view kBlank = " \t\r\n";

/// Bytes that may go on later, for RapidJSON's parser: it unescapes strings beside them, since they are wanted as they
/// are.
class Source {
public:
    using Ch = char;

    Source(std::string_view bytes, char *scratch) : bytes_(bytes), scratch_(scratch) {}

    Ch Peek() const {
        if (at_ < bytes_.size()) return bytes_[at_];
        short_ = true;
        return '\0';
    }
    Ch Take() {
        const Ch c = Peek();
        if (at_ < bytes_.size()) ++at_;
        // The parser refuses numbers that no double holds. Nobody here wants to know a number: it sees none that long.
        if (!in_string_ && c >= '1' && c <= '9')
            at_ = std::min(bytes_.find_first_not_of("0123456789", at_), bytes_.size());
        return c;
    }
    std::size_t Tell() const { return at_; }
    Ch *PutBegin() { return in_string_ = true, put_ = scratch_; }
    void Put(Ch c) { *put_++ = c; }
    std::size_t PutEnd(const Ch *begin) { return in_string_ = false, static_cast<std::size_t>(put_ - begin); }
    void Flush() {}

    /// The parser has looked for more than there is.
    bool is_short() const { return short_; }

private:
    const std::string_view bytes_;
    char *const scratch_;
    char *put_ = nullptr;
    std::size_t at_ = 0;
    bool in_string_ = false;
    mutable bool short_ = false;
};

/// What of a document matters: the members of the outermost object.
class Outline {
public:
    enum Member : std::uint8_t { id, key, value, geometry, rows, other };
    struct Extent {
        std::size_t begin = 0, end = 0;
    };

    explicit Outline(const Source &source, bool up_to_rows) : source_(source), up_to_rows_(up_to_rows) {}

    std::array<Extent, rows> extents{};
    std::optional<std::string> unescaped_id;
    bool found_rows = false;

    bool Null() { return end_value(); }
    bool Bool(bool) { return end_value(); }
    bool Int(int) { return end_value(); }
    bool Uint(unsigned) { return end_value(); }
    bool Int64(std::int64_t) { return end_value(); }
    bool Uint64(std::uint64_t) { return end_value(); }
    bool Double(double) { return end_value(); }
    bool RawNumber(const char *, rapidjson::SizeType, bool) { return end_value(); }
    bool String(const char *text, rapidjson::SizeType size, bool) {
        if (depth_ == 1 && member_ == id) unescaped_id.emplace(text, size);
        return end_value();
    }
    bool Key(const char *text, rapidjson::SizeType size, bool) {
        if (depth_ != 1) return true;
        constexpr std::array<std::string_view, other> kNames{"id", "key", "value", "geometry", "rows"};
        unsigned found = 0;
        while (found != other && kNames[found] != std::string_view(text, size)) ++found;
        member_ = static_cast<Member>(found);
        begin_ = source_.Tell();
        return true;
    }
    bool StartObject() { return ++depth_ <= kDeepest; }
    bool EndObject(rapidjson::SizeType) { return --depth_, end_value(); }
    bool StartArray() {
        found_rows = up_to_rows_ && depth_ == 1 && member_ == rows;
        return ++depth_ <= kDeepest && !found_rows;
    }
    bool EndArray(rapidjson::SizeType) { return --depth_, end_value(); }

private:
    bool end_value() {
        if (depth_ == 1 && member_ < rows) extents[member_] = {begin_, source_.Tell()};
        return true;
    }

    const Source &source_;
    const bool up_to_rows_;
    unsigned depth_ = 0;
    Member member_ = other;
    std::size_t begin_ = 0;  // of the member: behind its name
};

template <unsigned flags>
bool parse(Source &source, Outline &outline) {
    rapidjson::Reader reader;
    constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseValidateEncodingFlag | flags;
    return !reader.Parse<kFlags>(source, outline).IsError();
}

/// A member's value: what is left of an extent without the colon.
std::string_view value_in(std::string_view json, Outline::Extent extent) {
    std::string_view text = json.substr(extent.begin, extent.end - extent.begin);
    const std::size_t colon = text.find(':');
    if (colon == text.npos) return {};
    text.remove_prefix(colon + 1);
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    return text;
}

}  // namespace

void ViewRows::feed(std::string_view bytes) {
    if (broken_) return;
    if (start_ != 0) {
        tried_ -= std::min(tried_, start_);
        bytes_.erase(0, std::exchange(start_, 0));
    }
    bytes_ += bytes;
    if (bytes_.size() > kLongest) broken_ = true;
}

bool ViewRows::worth_a_try() const {
    const std::size_t before = tried_ - std::min(tried_, start_);
    return ended_ || before < kShort || bytes_.size() >= tried_ + before / 2;
}

/// What there is makes no sense yet; if only because more is missing, it may later.
void ViewRows::failed(bool for_want_of_more) {
    if (for_want_of_more && !ended_) tried_ = bytes_.size();
    else broken_ = true;
}

void ViewRows::read_head() {
    scratch_.resize(bytes_.size() + 8);
    Source source(bytes_, scratch_.data());
    Outline outline(source, true);
    const bool whole = parse<rapidjson::kParseStopWhenDoneFlag>(source, outline);
    if (outline.found_rows) {
        start_ = source.Tell();
        head_ = bytes_.substr(0, start_);
        tried_ = 0;
        part_ = Part::rows;
    } else if (whole) {
        part_ = Part::tail;  // there are no rows in it
    } else {
        failed(source.is_short());
    }
}

std::optional<ViewRows::Row> ViewRows::read_row() {
    start_ = std::min(bytes_.find_first_not_of(kBlank, start_), bytes_.size());
    if (start_ == bytes_.size()) return failed(true), std::nullopt;
    if (bytes_[start_] == ']') return part_ = Part::tail, std::nullopt;
    const std::string_view bytes = std::string_view(bytes_).substr(start_);
    std::size_t begin = 0;
    if (bytes.front() == ',') begin = std::min(bytes.find_first_not_of(kBlank, 1), bytes.size());
    scratch_.resize(bytes.size() + 8);
    Source source(bytes.substr(begin), scratch_.data());
    Outline outline(source, false);
    if (!parse<rapidjson::kParseStopWhenDoneFlag>(source, outline) || (source.is_short() && !ended_))
        return failed(source.is_short()), std::nullopt;
    tried_ = 0;
    start_ += begin + source.Tell();
    const std::string_view json = bytes.substr(begin, source.Tell());
    if (whole_) return Row{json, {}, {}, {}, {}};
    const auto member = [&](Outline::Member one) { return value_in(json, outline.extents[one]); };
    return Row{json, member(Outline::key), member(Outline::value), member(Outline::geometry),
               std::move(outline.unescaped_id)};
}

std::optional<ViewRows::Row> ViewRows::next() {
    if (broken_ || !worth_a_try()) return std::nullopt;
    if (part_ == Part::head) read_head();
    if (part_ == Part::rows && !broken_)
        if (auto row = read_row()) return row;
    if (part_ == Part::tail && ended_) check_rest();
    return std::nullopt;
}

void ViewRows::check_rest() {
    std::string whole = rest();
    scratch_.resize(whole.size() + 8);
    Source source(whole, scratch_.data());
    Outline outline(source, false);
    if (!parse<rapidjson::kParseNoFlags>(source, outline)) broken_ = true;
}

std::string ViewRows::rest() const { return head_ + bytes_.substr(start_); }

}  // namespace tenon::client
