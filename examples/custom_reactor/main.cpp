// SPDX-License-Identifier: Apache-2.0
//
// A client on an event loop of our own (reactor.c), which is found by its symbol in this very program.
//
//     custom_reactor HOST:8091 [BUCKET [PASSWORD]]

#include <cstdio>
#include <string>
#include <system_error>

#include <tenon/tenon.hpp>

int main(int argc, char **argv) try {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s HOST:8091 [BUCKET [PASSWORD]]\n", argv[0]);
        return 2;
    }
    // No file: the symbol is looked up in the running program.
    const tenon::io io = tenon::io::load_file("", "create_reactor");

    tenon::Options options;
    options.hosts = {argv[1]};
    if (argc > 2) options.bucket = argv[2];
    if (argc > 3) options.password = argv[3];

    int status = 1;
    std::string stored = "Hello from a loop of my own!";
    tenon::Client client(io, options);
    client.connect();
    client.set("custom_reactor", stored, [&](const tenon::Reply &set) {
        if (!set) {
            std::fprintf(stderr, "set: %s\n", set.error.message().c_str());
            return;
        }
        client.get("custom_reactor", [&](const tenon::Reply &got) {
            if (got) std::printf("%.*s\n", static_cast<int>(got.text().size()), got.text().data());
            else std::fprintf(stderr, "get: %s\n", got.error.message().c_str());
            if (got.text() == stored) status = 0;
        });
    });
    if (client.wait()) std::fprintf(stderr, "%s\n", client.error_message().c_str());
    return status;
} catch (const std::system_error &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
