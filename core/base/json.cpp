// SPDX-License-Identifier: Apache-2.0
#include "base/json.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace tenon::json {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
/// So much of what stands before a fault is quoted.
constexpr std::ptrdiff_t kQuoted = 32;

void append_utf8(std::string &out, std::uint32_t point) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3f)); };
    if (point < 0x80) {
        out += static_cast<char>(point);
    } else if (point < 0x800) {
        out += static_cast<char>(0xc0 | point >> 6);
        tail(0);
    } else if (point < 0x10000) {
        out += static_cast<char>(0xe0 | point >> 12);
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0 | point >> 18);
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace

Scanner::Scanner(std::string_view text) : begin_(text.data()), end_(text.data() + text.size()), at_(begin_) {
    if (text.starts_with(kByteOrderMark)) at_ += kByteOrderMark.size();
}

char Scanner::next_behind_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
    return at_ != end_ ? *at_ : '\0';
}

/// A string that is not plain ASCII from quote to quote. Bytes are copied as soon as an escape stands for others.
bool Scanner::take_odd_string(const char *begin) {
    unescaped_.clear();
    bool escaped = false;
    const char *copied = begin;
    for (;;) {
        while (at_ != end_ && is_plain(*at_)) ++at_;
        if (at_ == end_ || static_cast<unsigned char>(*at_) < ' ') return false;
        if (*at_ == '"') break;
        if (*at_ != '\\') {
            if (!take_utf8()) return false;
            continue;
        }
        escaped = true;
        unescaped_.append(copied, at_);
        if (!take_escape()) return false;
        copied = at_;
    }
    if (escaped) unescaped_.append(copied, at_);
    string_ = escaped ? std::string_view(unescaped_) : std::string_view(begin, static_cast<std::size_t>(at_ - begin));
    ++at_;
    return true;
}

bool Scanner::take_escape() {
    constexpr std::string_view kEscapes = "\"\\/bfnrt";
    constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
    if (++at_ == end_) return false;
    if (const std::size_t which = kEscapes.find(*at_); which != kEscapes.npos) {
        unescaped_ += kMeant[which];
        ++at_;
        return true;
    }
    std::uint32_t point = 0;
    if (*at_ != 'u' || !take_hex(point)) return false;
    const auto is_low = [](std::uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; };
    if (is_low(point)) {
        --at_;  // the fault is in the escape, not behind it
        return false;
    }
    if (point >= 0xd800 && point < 0xdc00) {
        std::uint32_t low = 0;
        if (at_ == end_ || *at_ != '\\' || ++at_ == end_ || *at_ != 'u' || !take_hex(low)) return false;
        if (!is_low(low)) {
            --at_;
            return false;
        }
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(unescaped_, point);
    return true;
}

/// The four digits behind the u that is there.
bool Scanner::take_hex(std::uint32_t &unit) {
    ++at_;
    for (int i = 0; i < 4; ++i, ++at_) {
        if (at_ == end_) return false;
        const char c = static_cast<char>(*at_ | 0x20);
        if (is_digit(*at_)) unit = unit * 16 + static_cast<unsigned>(*at_ - '0');
        else if (c >= 'a' && c <= 'f') unit = unit * 16 + static_cast<unsigned>(c - 'a' + 10);
        else return false;
    }
    return true;
}

/// A character of several bytes: none that could be written shorter, no surrogate, none above U+10FFFF.
bool Scanner::take_utf8() {
    const auto lead = static_cast<unsigned char>(*at_);
    const int following = lead < 0xc2 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 0;
    if (following == 0) return false;
    unsigned char least = 0x80, most = 0xbf;
    if (lead == 0xe0) least = 0xa0;
    if (lead == 0xed) most = 0x9f;
    if (lead == 0xf0) least = 0x90;
    if (lead == 0xf4) most = 0x8f;
    ++at_;
    for (int i = 0; i < following; ++i, ++at_) {
        if (at_ == end_) return false;
        const auto byte = static_cast<unsigned char>(*at_);
        if (byte < least || byte > most) return false;
        least = 0x80;
        most = 0xbf;
    }
    return true;
}

bool Scanner::take_digits() {
    const char *const first = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != first;
}

Scanner::Number Scanner::take_odd_number() {
    const char *const first = at_;
    const bool minus = at_ != end_ && *at_ == '-';
    if (minus) ++at_;
    if (at_ != end_ && *at_ == '0') ++at_;
    else if (!take_digits()) return Number::none;
    const char *const whole = at_;
    if (at_ != end_ && *at_ == '.') {
        ++at_;
        if (!take_digits()) return Number::none;
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
        ++at_;
        if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
        if (!take_digits()) return Number::none;
    }
    if (at_ != whole) return Number::other;
    const std::errc error = minus ? std::from_chars(first, whole, negative_).ec : std::from_chars(first, whole, natural_).ec;
    if (error != std::errc()) return Number::other;
    return minus ? Number::negative : Number::natural;
}

bool Scanner::take_word(std::string_view word) {
    for (const char c : word) {
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
    }
    return true;
}

std::string Scanner::fault() const {
    if (at_ == end_) return "the JSON is cut at byte " + std::to_string(end_ - begin_);
    const char *const from = at_ - std::min(kQuoted - 1, at_ - begin_);
    return "malformed JSON at byte " + std::to_string(at_ - begin_ + 1) + " near '" + std::string(from, at_ + 1) + "'";
}

}  // namespace tenon::json
