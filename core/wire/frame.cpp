// SPDX-License-Identifier: Apache-2.0
#include "wire/frame.hpp"

namespace tenon::wire {

const char *describe(FrameError error) {
    switch (error) {
    case FrameError::none: return "no error";
    case FrameError::magic: return "the first byte starts no frame";
    case FrameError::body: return "the body is longer than the limit";
    case FrameError::lengths: return "framing, extras and key are longer than the body";
    }
    return "unknown error";
}

}  // namespace tenon::wire
