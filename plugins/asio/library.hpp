// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <typeinfo>

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

#define TENON_ASIO_CREATOR tenon_create_boost_asio_io_ops
#define TENON_ASIO_LCB_CREATOR lcb_create_boost_asio_io_opts

#else

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

using ErrorCode = asio::error_code;

#define TENON_ASIO_CREATOR tenon_create_asio_io_ops
#define TENON_ASIO_LCB_CREATOR lcb_create_asio_io_opts

#endif

extern "C" TENON_API int TENON_ASIO_CREATOR(int version, tenon_io_ops **io, void *cookie);
extern "C" TENON_API int TENON_ASIO_LCB_CREATOR(int version, tenon_io_ops **io, void *cookie);
inline constexpr tenon_io_creator kCreateAsioTable = TENON_ASIO_CREATOR;

/// Whether the code behind a program's context is that of whoever calls this. Two asios have two notes of which thread runs
/// a context; one that handles an event of a descriptor that the other registered crashes over it.
inline bool is_one_asio(asio::io_context &host) {
    const asio::execution_context::service &theirs = asio::use_service<asio::detail::scheduler>(host);
    return &typeid(theirs) == &typeid(asio::detail::scheduler);
}
