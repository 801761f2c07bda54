// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/frame.hpp"

namespace tenon::wire {

/// What a server says to the form of a request, before it looks at its meaning: ok; invalid_arguments when extras, key or
/// value are not as the command demands (memcached then closes the connection once the answer is sent); unknown_command.
/// For memcached's commands the demands are memcached 1.6's, but for a value behind touch, gat or stat: memcached answers
/// those, takes the value for the next frame and closes; here it is an invalid argument.
Status validate_request(const Frame &request);

}  // namespace tenon::wire
