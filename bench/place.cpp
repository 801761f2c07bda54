// SPDX-License-Identifier: Apache-2.0
#include "place.hpp"

#include <stdexcept>

namespace tenon::bench {

Place Place::simulated(unsigned nodes) {
    Place place;
    place.world_ = std::make_unique<sim::World>(1);
    place.server_table_ = std::make_unique<io>(io::make(tenon_create_sim_io_ops, place.world_->cookie("10.0.0.1")));
    devcluster::Options options;
    options.nodes = nodes;
    options.host = "10.0.0.1";
    options.hosts = {options.host};
    options.port = 8091;
    place.cluster_ = std::make_unique<devcluster::Cluster>(place.server_table_->get(), options);
    if (const Error error = place.cluster_->start()) throw std::runtime_error(error.message);
    place.table_ = std::make_unique<io>(io::make(tenon_create_sim_io_ops, place.world_->cookie("10.0.0.2")));
    place.management_ = "10.0.0.1:8091";
    return place;
}

void Place::pass(std::uint32_t microseconds) const {
    tenon_io_ops *io = table_->get();
    void *timer = io->create_timer(io);
    io->update_timer(io, timer, microseconds, io, [](int, short, void *table) {
        static_cast<tenon_io_ops *>(table)->stop_event_loop(static_cast<tenon_io_ops *>(table));
    });
    io->run_event_loop(io);
    io->destroy_timer(io, timer);
}

}  // namespace tenon::bench
