// SPDX-License-Identifier: Apache-2.0
//
// Names [R18].
#include <netdb.h>

#include "rig.hpp"

namespace tenon::sim::test {
namespace {

struct Answer {
    int calls = 0;
    int error = 0;
    std::vector<std::string> addresses;

    void *ask(tenon_io_ops *io, const char *name, int family = AF_UNSPEC) {
        return io->resolve(io, name, family, this, [](void *self, int e, const sockaddr *const *list, unsigned count) {
            Answer &answer = *static_cast<Answer *>(self);
            ++answer.calls;
            answer.error = e;
            for (unsigned i = 0; i < count; ++i) {
                sockaddr_in address{};
                std::memcpy(&address, list[i], sizeof address);
                char text[INET_ADDRSTRLEN];
                answer.addresses.emplace_back(inet_ntop(AF_INET, &address.sin_addr, text, sizeof text));
            }
        });
    }
};

}  // namespace

TEST_CASE("names are answered later, once, as the world has them by then") {
    Network network;
    network.resolve_delay = {500, 600};
    World world(1, network);
    Machine machine(world, "10.1.0.1");
    world.set_name("cluster.example", {"10.0.0.2", "10.0.0.1"});
    world.set_name("gone.example", {"10.0.0.3"});
    Answer known, unknown, numeric, gone, six;
    CHECK(known.ask(machine.io, "cluster.example") != nullptr);
    unknown.ask(machine.io, "nobody.example");
    numeric.ask(machine.io, "10.0.0.9", AF_INET);
    gone.ask(machine.io, "gone.example");
    six.ask(machine.io, "cluster.example", AF_INET6);
    world.set_name("gone.example", {});
    CHECK(world.census(machine.io).queries == 5);
    const std::uint64_t began = world.now();
    machine.io->run_event_loop(machine.io);  // queries keep it going
    CHECK(world.now() >= began + 500);
    CHECK(world.now() <= began + 700);
    CHECK(known.calls == 1);
    CHECK(known.error == 0);
    CHECK(known.addresses == std::vector<std::string>{"10.0.0.2", "10.0.0.1"});
    CHECK(unknown.error == EAI_NONAME);
    CHECK(numeric.addresses == std::vector<std::string>{"10.0.0.9"});
    CHECK(gone.error == EAI_NONAME);
    CHECK(six.error == EAI_NONAME);
    CHECK(world.census(machine.io) == Census{});
    CHECK(world.violations().empty());
}

TEST_CASE("a cancelled query is never answered, nor is a silent name's") {
    World world(1);
    Machine machine(world, "10.1.0.1");
    world.set_name("a.example", {"10.0.0.1"});
    world.silence_name("silent.example");
    Answer cancelled, silent;
    void *query = cancelled.ask(machine.io, "a.example");
    void *waiting = silent.ask(machine.io, "silent.example");
    machine.io->cancel_resolve(machine.io, query);
    world.run_for(100'000'000);
    CHECK(cancelled.calls == 0);
    CHECK(silent.calls == 0);
    CHECK(world.census(machine.io).queries == 1);
    machine.io->cancel_resolve(machine.io, waiting);
    CHECK(world.census(machine.io) == Census{});
    CHECK(world.violations().empty());
    machine.io->cancel_resolve(machine.io, waiting);
    CHECK(world.violations().size() == 1);
}

TEST_CASE("acts on what is no address are told") {
    World world(1);
    tenon_io_ops *io = nullptr;
    CHECK(world.create_table("nowhere", &io) == TENON_IO_EINVAL);
    CHECK(world.cookie("10.0.0") == nullptr);
    CHECK(world.reset("ten") == 0);
    world.set_name("a.example", {"b.example"});
    world.kill("");
    CHECK(world.violations().size() == 5);
}

}  // namespace tenon::sim::test
