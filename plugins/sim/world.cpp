// SPDX-License-Identifier: Apache-2.0
//
// The public face: tables, time, names, the judge.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include "kernel.hpp"

namespace tenon::sim {
namespace {

int create(Kernel &kernel, std::uint32_t host, tenon_io_ops **io) {
    Table &table = kernel.tables.emplace_back(kernel, static_cast<std::uint32_t>(kernel.tables.size()), host);
    *io = &table.ops;
    return TENON_IO_OK;
}

Table &table_of(tenon_io_ops *io) { return *static_cast<Table *>(io->cookie); }

}  // namespace

Network Network::one_byte() {
    Network network;
    network.partial_write = network.partial_read = 1'000'000;
    network.crumb = 1;
    network.empty_read = 100'000;
    return network;
}

const char *to_string(Happening what) {
    switch (what) {
    case Happening::connect: return "connect";
    case Happening::connected: return "connected";
    case Happening::refused: return "refused";
    case Happening::sent: return "sent";
    case Happening::arrived: return "arrived";
    case Happening::finished: return "finished";
    case Happening::reset: return "reset";
    case Happening::timed_out: return "timed out";
    case Happening::dropped: return "dropped";
    case Happening::closed: return "closed";
    }
    return "";
}

World::World(std::uint64_t seed, Network network) : kernel_(std::make_unique<Kernel>(seed, network)) {}

World::~World() = default;

int World::create_table(std::string_view host, tenon_io_ops **io) {
    const std::optional<std::uint32_t> number = kernel_->host(host);
    return number ? create(*kernel_, *number, io) : static_cast<int>(TENON_IO_EINVAL);
}

void *World::cookie(std::string_view host) {
    const std::optional<std::uint32_t> number = kernel_->host(host);
    return number ? &kernel_->seats.emplace_back(create, kernel_.get(), *number) : nullptr;
}

void World::set_network(const Network &network) { kernel_->network = network; }
const Network &World::network() const { return kernel_->network; }
std::uint64_t World::now() const { return kernel_->now; }

bool World::run_until(std::uint64_t usec) {
    if (kernel_->busy()) return false;
    while (kernel_->step(usec)) {}
    kernel_->now = std::max(kernel_->now, usec);
    return true;
}

bool World::run_until(std::uint64_t usec, const std::function<bool()> &done) {
    if (kernel_->busy()) return false;
    bool is_done = false;
    const auto ask = [&] {
        kernel_->call_out([&] { is_done = done(); });
        return is_done;
    };
    while (!ask() && kernel_->step(usec)) {}
    if (!is_done) kernel_->now = std::max(kernel_->now, usec);
    return is_done;
}

void World::set_horizon(std::uint64_t usec) { kernel_->horizon = usec; }

bool World::step() { return !kernel_->busy() && kernel_->step(UINT64_MAX); }

void World::at(std::uint64_t usec, std::function<void()> fn) { kernel_->act_at(usec, std::move(fn)); }

void World::set_name(std::string_view name, const std::vector<std::string> &addresses) {
    std::vector<std::uint32_t> numbers;
    for (const std::string &address : addresses) {
        if (const std::optional<std::uint32_t> number = parse_address(address)) numbers.push_back(*number);
        else kernel_->violation("\"" + address + "\" is no address for " + std::string(name));
    }
    kernel_->names.set(name, std::move(numbers));
}

void World::silence_name(std::string_view name) { kernel_->names.silence(name); }

Census World::census(tenon_io_ops *io) const { return table_of(io).census(); }
const std::vector<std::string> &World::violations() const { return kernel_->record.violations(); }
void World::forget_violations() { kernel_->record.forget_violations(); }
std::uint64_t World::digest() const { return kernel_->record.digest(); }
Statistics World::statistics() const { return kernel_->record.statistics; }
std::size_t World::connections() const { return kernel_->transport.size(); }
void World::trace(std::function<void(const Trace &)> sink) { kernel_->record.trace = std::move(sink); }
void World::stall(tenon_io_ops *io, std::uint64_t usec) { table_of(io).stall(usec); }

}  // namespace tenon::sim

extern "C" TENON_API int tenon_create_sim_io_ops(int version, tenon_io_ops **io, void *cookie) {
    using namespace tenon::sim;
    if (version != 0) return TENON_IO_EVERSION;
    if (cookie != nullptr) {
        const Seat &seat = *static_cast<Seat *>(cookie);
        return seat.create(*seat.kernel, seat.host, io);
    }
    const char *const seed = std::getenv("TENON_SIM_SEED");
    auto world = std::make_unique<World>(seed != nullptr ? std::strtoull(seed, nullptr, 0) : 1);
    const int status = world->create_table("10.0.0.1", io);
    if (status == TENON_IO_OK) table_of(*io).world = std::move(world);
    return status;
}
