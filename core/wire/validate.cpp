// SPDX-License-Identifier: Apache-2.0
#include "wire/validate.hpp"

#include "wire/opcode.hpp"

namespace tenon::wire {

Status validate_request(const Frame &request) {
    // memcached measures the key before it looks at the command.
    if (request.key.size() > kMaxKeyLength) return Status::invalid_arguments;
    const OpcodeInfo &command = info(request.opcode);
    if (command.name == nullptr) return Status::unknown_command;
    if (!command.request.allows(request.extras.size(), request.key.size(), request.value.size()))
        return Status::invalid_arguments;
    return Status::ok;
}

}  // namespace tenon::wire
