#pragma once

/// \file
/// All of Asio that the library includes. Asio 1.22 does not find out by itself that clang has
/// coroutines; that must be said before its first include.

#if defined(__clang__) && !defined(ASIO_CONFIG_HPP)
    #if !defined(ASIO_HAS_CO_AWAIT)
        #define ASIO_HAS_CO_AWAIT 1
    #endif
    #if !defined(ASIO_HAS_STD_COROUTINE)
        #define ASIO_HAS_STD_COROUTINE 1
    #endif
#endif

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/awaitable.hpp>
#include <asio/basic_stream_socket.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/version.hpp>

#if !defined(ASIO_HAS_CO_AWAIT)
    #error                                                                                         \
        "pgcoro: Asio was included before pgcoro and has not found this compiler's coroutines; define ASIO_HAS_CO_AWAIT"
#endif
#if ASIO_VERSION < 102200
    #error "pgcoro: Asio 1.22 or newer is needed"
#endif
