// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "wire_client.hpp"

namespace tenon::test {

struct Answer {
    int status = 0;
    std::string body;
};

/// What curl gets; `arguments` go in front of the address.
inline Answer curl(std::uint16_t port, const std::string &path, const std::string &arguments = "") {
    const std::string address = "http://127.0.0.1:" + std::to_string(port) + path;
    const std::string command = "curl -s -m 20 -w '\n%{http_code}' " + arguments + " '" + address + "'";
    FILE *const pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    char buffer[4096];
    for (std::size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, got);
    pclose(pipe);
    const std::size_t line = text.rfind('\n');
    REQUIRE(line != text.npos);
    return {std::stoi(text.substr(line + 1)), text.substr(0, line)};
}

inline std::string request(const std::string &path, const std::string &more = "") {
    return "GET " + path + " HTTP/1.1\r\nHost: here\r\n" + more + "\r\n";
}

/// Takes from a chunked stream: documents one after the other.
class MapStream {
public:
    MapStream(std::uint16_t port, const std::string &path) : socket_(port) {
        socket_.send(request(path));
        const std::string head = take_until("\r\n\r\n");
        CHECK(head.starts_with("HTTP/1.1 200 "));
        CHECK(head.find("Transfer-Encoding: chunked") != head.npos);
    }
    nlohmann::json next() {
        const std::size_t size = std::stoul(take_until("\r\n"), nullptr, 16);
        while (input_.size() < size + 2) REQUIRE(socket_.receive(input_));
        const std::string document = input_.substr(0, size);
        input_.erase(0, size + 2);
        CHECK(document.ends_with("\n\n\n\n"));
        return nlohmann::json::parse(document);
    }
    /// Whether the server ended it, in an orderly way or not.
    bool at_end() { return input_.empty() && !socket_.receive(input_); }
    const Socket &socket() const { return socket_; }

private:
    std::string take_until(std::string_view end) {
        std::size_t at = 0;
        while ((at = input_.find(end)) == input_.npos) REQUIRE(socket_.receive(input_));
        std::string text = input_.substr(0, at);
        input_.erase(0, at + end.size());
        return text;
    }

    Socket socket_;
    std::string input_;
};

}  // namespace tenon::test
