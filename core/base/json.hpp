// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <rapidjson/reader.h>

namespace tenon::json {

namespace detail {

/// A handler of ours, as RapidJSON calls one.
template <class Handler>
struct Tokens {
    /// Deeper than any document of ours; to be read by recursion.
    static constexpr unsigned kDeepest = 200;

    Handler &handler;
    unsigned depth = 0;

    bool Null() { return handler.null(), true; }
    bool Bool(bool v) { return handler.boolean(v), true; }
    bool Int(int v) { return Int64(v); }
    bool Uint(unsigned v) { return Uint64(v); }
    bool Int64(std::int64_t v) {
        if (v < 0) handler.negative(v);
        else handler.natural(static_cast<std::uint64_t>(v));
        return true;
    }
    bool Uint64(std::uint64_t v) { return handler.natural(v), true; }
    bool Double(double) { return handler.fraction(), true; }
    bool RawNumber(const char *, rapidjson::SizeType, bool) { return true; }  // not asked for
    bool String(const char *text, rapidjson::SizeType size, bool) {
        return handler.string(std::string_view(text, size)), true;
    }
    bool StartObject() { return ++depth <= kDeepest && (handler.start_object(), true); }
    bool Key(const char *text, rapidjson::SizeType size, bool) {
        return handler.key(std::string_view(text, size)), true;
    }
    bool EndObject(rapidjson::SizeType) { return --depth, handler.end_object(), true; }
    bool StartArray() { return ++depth <= kDeepest && (handler.start_array(), true); }
    bool EndArray(rapidjson::SizeType) { return --depth, handler.end_array(), true; }
};

/// Why `text` is no JSON: from `at` on it makes no sense, or, if it was read to its `end`, something is missing.
std::string fault(std::string_view text, std::size_t at, bool end);

}  // namespace detail

/// Hands each token of `text`, JSON in UTF-8, to `handler`, in order: null(), boolean(bool), natural(uint64),
/// negative(int64), fraction() for any other number, string(view), start_object(), key(view), end_object(),
/// start_array(), end_array(). A view is valid until its call returns. Builds no tree. Refused are also numbers beyond a
/// double's range and what is nested deeper than 200. Returns why `text` is no JSON, fit for a message but for what it
/// quotes; empty: it is. (Then all was handed over; else what stands before the fault.)
template <class Handler>
std::string read(std::string_view text, Handler &handler) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseValidateEncodingFlag;
    // A copy, in which strings are unescaped where they stand: else they would go through RapidJSON's stack, whose first use
    // in 1.1.0 is undefined (it adds to a null pointer). Behind a character that is cut it looks for up to three bytes more.
    constexpr std::size_t kLookAhead = 4;
    std::string copy;
    copy.reserve(text.size() + kLookAhead);
    copy.append(text).append(kLookAhead, '\0');
    const std::size_t start = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    rapidjson::InsituStringStream stream(copy.data() + start);
    rapidjson::Reader reader;
    detail::Tokens<Handler> tokens{handler};
    const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, tokens);
    const std::size_t read = start + stream.Tell();
    if (result.Code() == rapidjson::kParseErrorTermination)
        return "the JSON is nested deeper than " + std::to_string(tokens.kDeepest) + " at byte " + std::to_string(read);
    // To RapidJSON a 0 byte is the end.
    if (!result) return detail::fault(text, start + result.Offset(), read >= text.size());
    return read >= text.size() ? std::string() : detail::fault(text, read, false);
}

}  // namespace tenon::json
