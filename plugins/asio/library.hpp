// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tenon/io.h>

// Asio, the library of its own, or with TENON_BOOST_ASIO the one in Boost; under one name.

#ifdef TENON_BOOST_ASIO

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

extern "C" TENON_API int tenon_create_boost_asio_io_ops(int version, tenon_io_ops **io, void *cookie);
inline constexpr tenon_io_creator kCreateAsioTable = tenon_create_boost_asio_io_ops;

#else

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

using ErrorCode = asio::error_code;

extern "C" TENON_API int tenon_create_asio_io_ops(int version, tenon_io_ops **io, void *cookie);
inline constexpr tenon_io_creator kCreateAsioTable = tenon_create_asio_io_ops;

#endif
