// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::client {

/// Takes the answer to a view query apart while it comes: rows as soon as they are whole, and what stands around them.
/// Bytes in, views out; no IO, no clock.
class ViewRows {
public:
    struct Row {
        std::string_view json, key, value, geometry;  ///< as they came; empty: not there
        std::optional<std::string> id;                ///< unescaped
    };

    /// The longest row, and the longest head or tail around the rows.
    static constexpr std::size_t kLongest = std::size_t{64} << 20;

    /// `whole`: only a row's `json` is wanted.
    explicit ViewRows(bool whole) : whole_(whole) {}

    void feed(std::string_view bytes);
    /// Nothing follows what was fed.
    void end() { ended_ = true; }

    /// The next row that is there whole. It points into this, until the next call.
    std::optional<Row> next();

    /// From some place on it is not what a view answers; or, after the end, it is not whole.
    bool broken() const { return broken_; }
    /// After the end: the answer with an empty list of rows. Of one that is broken: what was kept until that was found.
    std::string rest() const;

private:
    enum class Part : unsigned char { head, rows, tail };

    void read_head();
    std::optional<Row> read_row();
    void check_rest();
    bool worth_a_try() const;
    void failed(bool for_want_of_more);

    const bool whole_;
    bool ended_ = false, broken_ = false;
    Part part_ = Part::head;
    std::string bytes_;          // not taken apart yet: those from start_ on
    std::size_t start_ = 0;
    std::size_t tried_ = 0;      // how many there were when something was found to be missing; 0: nothing was
    std::string head_;           // up to the rows' '['
    std::vector<char> scratch_;  // where strings are unescaped
};

}  // namespace tenon::client
