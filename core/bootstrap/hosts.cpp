// SPDX-License-Identifier: Apache-2.0
#include "bootstrap/hosts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tenon::bootstrap {

void Hosts::give(std::vector<net::Url> urls) {
    for (net::Url &url : urls) list_.push_back(make(std::move(url)));
    given_ = list_.size();
}

bool Hosts::learn(std::vector<net::Url> urls) {
    const auto first_learned = list_.begin() + static_cast<std::ptrdiff_t>(given_);
    List known(std::make_move_iterator(list_.begin()), std::make_move_iterator(first_learned));
    for (net::Url &url : urls) {
        const auto is_at = [&](const std::unique_ptr<Host> &host) { return host && host->at() == url.at; };
        if (std::any_of(known.begin(), known.end(), is_at)) continue;
        const auto found = std::find_if(first_learned, list_.end(), is_at);
        known.push_back(found != list_.end() ? std::move(*found) : make(std::move(url)));
    }
    const bool lost = std::any_of(first_learned, list_.end(), [](const std::unique_ptr<Host> &gone) {
        return gone && (gone->asked() || gone->waiting());
    });
    list_ = std::move(known);
    return lost;
}

std::size_t Hosts::place_of(const Host *host) const {
    const auto is_it = [&](const auto &one) { return one.get() == host; };
    return static_cast<std::size_t>(std::find_if(list_.begin(), list_.end(), is_it) - list_.begin());
}

std::unique_ptr<Host> Hosts::make(net::Url url) {
    return std::make_unique<Host>(reactor_, options_, std::move(url), options_.seed + ++made_, handlers_);
}

}  // namespace tenon::bootstrap
