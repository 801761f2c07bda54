// SPDX-License-Identifier: Apache-2.0
#include "map_files.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tenon::simulation {
namespace {

std::string contents(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

MapFiles::~MapFiles() {
    std::error_code ignored;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string MapFiles::path(unsigned file) {
    if (folder_.empty()) {
        std::string name = (std::filesystem::temp_directory_path() / "tenon-sim-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
        folder_ = name;
    }
    return folder_ + "/map" + std::to_string(file);
}

MapFiles::State MapFiles::state(unsigned file) {
    const std::string now = contents(path(file));
    if (now.empty()) return State::absent;
    const auto at = spoiled_.find(file);
    return at != spoiled_.end() && at->second == now ? State::spoiled : State::whole;
}

void MapFiles::spoil(unsigned file, std::uint64_t how) {
    std::string now = contents(path(file));
    if (now.size() < 2) return;
    if (how == 0) now.resize(now.size() / 2);
    else now[how % now.size()] = static_cast<char>(now[how % now.size()] ^ 1);
    std::ofstream(path(file), std::ios::binary) << now;
    spoiled_[file] = std::move(now);
}

}  // namespace tenon::simulation
