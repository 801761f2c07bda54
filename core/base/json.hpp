// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads JSON (RFC 8259, in UTF-8) token by token, without a tree, in one pass and in constant depth of the stack. Maps
// come with every change and every refusal in a cluster on the move; this costs about a nanosecond a byte.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tenon::json {

/// The lexical part: where a text is, and what stands there.
class Scanner {
public:
    explicit Scanner(std::string_view text);

    enum class Number : std::uint8_t {
        none,      ///< it is no number
        natural,   ///< `natural()` tells it
        negative,  ///< a whole number below zero, or -0: `negative()` tells it
        other      ///< with a fraction or an exponent, or too large
    };

    /// Passes over white space; the byte there, or 0 at the end (and for a 0, which begins nothing).
    char next() {
        if (at_ == end_) return '\0';
        return static_cast<unsigned char>(*at_) > ' ' ? *at_ : next_behind_space();
    }
    /// Passes over one byte.
    void skip() { ++at_; }
    bool at_end() const { return at_ == end_; }

    /// A string, whose opening quote is there. `string()` is valid until the next one. False: it is none.
    bool take_string() {
        const char *const begin = ++at_;
        const char *at = begin;
        while (end_ - at >= 8 && all_plain(at)) at += 8;
        while (at != end_ && is_plain(*at)) ++at;
        at_ = at;
        if (at == end_ || *at != '"') return take_odd_string(begin);
        string_ = {begin, static_cast<std::size_t>(at_++ - begin)};
        return true;
    }
    std::string_view string() const { return string_; }

    Number take_number() {
        // Most are the numbers of servers: a few digits, and what follows them in a list.
        if (end_ - at_ <= kShort) return take_odd_number();
        const char *digit = at_;
        std::uint64_t value = 0;
        for (const char *const last = at_ + kShort; digit != last && is_digit(*digit); ++digit)
            value = value * 10 + static_cast<unsigned>(*digit - '0');
        const bool simple = (*digit == ',' || *digit == ']') && digit != at_ && (*at_ != '0' || digit == at_ + 1);
        if (!simple) return take_odd_number();
        at_ = digit;
        natural_ = value;
        return Number::natural;
    }
    std::uint64_t natural() const { return natural_; }
    std::int64_t negative() const { return negative_; }

    /// "true" and the like.
    bool take_word(std::string_view word);

    /// Why it is no JSON, the byte where it stopped to be and what stands before that.
    std::string fault() const;

private:
    static constexpr int kShort = 5;

    static bool is_plain(char c) {
        return static_cast<unsigned char>(c) >= ' ' && static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\';
    }
    /// The same of eight bytes at once: whether none of them has its top bit set, is below a space, a quote or a
    /// backslash. (Borrows between bytes can only make a plain byte look otherwise.)
    static bool all_plain(const char *at) {
        constexpr std::uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;
        std::uint64_t bytes = 0;
        std::memcpy(&bytes, at, sizeof bytes);
        const std::uint64_t quote = bytes ^ kOnes * '"';
        const std::uint64_t backslash = bytes ^ kOnes * '\\';
        return ((bytes | (bytes - kOnes * ' ') | (quote - kOnes) | (backslash - kOnes)) & kTops) == 0;
    }
    static bool is_digit(char c) { return static_cast<unsigned>(c - '0') <= 9; }
    char next_behind_space();
    bool take_odd_string(const char *begin);
    Number take_odd_number();
    bool take_digits();
    bool take_escape();
    bool take_hex(std::uint32_t &unit);
    bool take_utf8();

    const char *const begin_;
    const char *const end_;
    const char *at_;
    std::string_view string_;
    std::string unescaped_;
    std::uint64_t natural_ = 0;
    std::int64_t negative_ = 0;
};

/// Hands each token of `text` to `handler`, in order: null(), boolean(bool), natural(uint64), negative(int64), fraction()
/// for any other number, string(view), start_object(), key(view), end_object(), start_array(), end_array(). A view is
/// valid until its call returns. Returns why `text` is no JSON, fit for a message but for what it quotes; empty: it is.
/// (Then all was handed over; else what stands before the fault.)
template <class Handler>
std::string read(std::string_view text, Handler &handler) {
    using Number = Scanner::Number;
    Scanner scanner(text);
    char closing = 0;     // what ends the innermost container that is open; 0: there is none
    std::string outside;  // the same of those around it
    const auto take_key = [&] {
        if (scanner.next() != '"' || !scanner.take_string()) return false;
        handler.key(scanner.string());
        if (scanner.next() != ':') return false;
        scanner.skip();
        return true;
    };

    for (;;) {
        // A value.
        switch (const char first = scanner.next()) {
        case '[':
        case '{':
            scanner.skip();
            outside += closing;
            closing = first == '{' ? '}' : ']';
            first == '{' ? handler.start_object() : handler.start_array();
            if (scanner.next() == closing) break;  // it ends below
            if (first == '{' && !take_key()) return scanner.fault();
            continue;
        case '"':
            if (!scanner.take_string()) return scanner.fault();
            handler.string(scanner.string());
            break;
        case 'n':
            if (!scanner.take_word("null")) return scanner.fault();
            handler.null();
            break;
        case 't':
        case 'f':
            if (!scanner.take_word(first == 't' ? "true" : "false")) return scanner.fault();
            handler.boolean(first == 't');
            break;
        default:
            switch (scanner.take_number()) {
            case Number::none: return scanner.fault();
            case Number::natural: handler.natural(scanner.natural()); break;
            case Number::negative: handler.negative(scanner.negative()); break;
            case Number::other: handler.fraction(); break;
            }
        }
        // What may follow one: the ends of what it stands in, and a comma.
        for (char after = scanner.next(); closing == 0 || after != ','; after = scanner.next()) {
            if (closing == 0) return scanner.at_end() ? std::string() : scanner.fault();
            if (after != closing) return scanner.fault();
            scanner.skip();
            closing == '}' ? handler.end_object() : handler.end_array();
            closing = outside.back();
            outside.pop_back();
        }
        scanner.skip();
        if (closing == '}' && !take_key()) return scanner.fault();
    }
}

}  // namespace tenon::json
