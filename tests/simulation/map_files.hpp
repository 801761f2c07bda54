// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace tenon::simulation {

/// The files that a plan's clients keep their maps in: real ones, in a folder of the history's own, which goes with it.
class MapFiles {
public:
    enum class State : std::uint8_t { absent, whole, spoiled };

    MapFiles() = default;
    MapFiles(const MapFiles &) = delete;
    MapFiles &operator=(const MapFiles &) = delete;
    ~MapFiles();

    /// Throws std::runtime_error if the folder cannot be made.
    std::string path(unsigned file);
    State state(unsigned file);
    /// Cuts it in half (0), or flips a bit of this byte. Nothing if it is not there.
    void spoil(unsigned file, std::uint64_t how);

private:
    std::string folder_;
    std::map<unsigned, std::string> spoiled_;  // what was left of each; a client may have written it anew since
};

}  // namespace tenon::simulation
