// No `#pragma once`: it is a list, that one file may have twice: as declarations, then in earnest.

#include "connect.hpp"

#include <memory>
#include <string_view>

/// \file
/// What does not depend on a program's own types, for the connections that have a name. Under
/// PGCORO_SEPARATE_COMPILATION every source file has this list as declarations, and compiles none
/// of it; the one with pgcoro/src.hpp compiles it for all. Only functions that are not inline gain
/// from it: a compiler that optimizes looks into all others.

#ifndef PGCORO_INSTANCE
    #define PGCORO_INSTANCE extern template
#endif

#define PGCORO_INSTANCES_OF(connection, driver)                                                    \
    PGCORO_INSTANCE connection::awaitable<connection> connect<connection>(options);                \
    PGCORO_INSTANCE class call<driver>;                                                            \
    PGCORO_INSTANCE class typed_call<driver>;                                                      \
    PGCORO_INSTANCE class record_call<driver>;                                                     \
    PGCORO_INSTANCE class basic_transaction<driver>;                                               \
    PGCORO_INSTANCE connection::awaitable<std::unique_ptr<call<driver>>> run<driver>(              \
        std::shared_ptr<driver>, std::unique_ptr<call<driver>>);                                   \
    PGCORO_INSTANCE connection::awaitable<void> only_run<driver>(                                  \
        std::shared_ptr<driver>, std::unique_ptr<call<driver>>);                                   \
    PGCORO_INSTANCE void set_going(                                                                \
        std::shared_ptr<driver>, std::unique_ptr<call<driver>>, asio::cancellation_slot);          \
    PGCORO_INSTANCE connection::awaitable<void> close_driver<driver>(std::shared_ptr<driver>);     \
    PGCORO_INSTANCE void close_at_once<driver>(driver&) noexcept;

namespace pgcoro {

PGCORO_INSTANCE class driver<asio::any_io_executor, single_threaded>;
PGCORO_INSTANCE class driver<asio::any_io_executor, multi_threaded>;
PGCORO_INSTANCE void options::read<connection_settings>(std::string_view);

PGCORO_INSTANCES_OF(connection, connection::driver_type)
PGCORO_INSTANCES_OF(thread_safe_connection, thread_safe_connection::driver_type)

} // namespace pgcoro

#undef PGCORO_INSTANCES_OF
#undef PGCORO_INSTANCE
