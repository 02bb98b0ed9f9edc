#pragma once

#include "asio.hpp"
#include "reading_pace.hpp"

namespace pgcoro {

/// How a connection meets threads, chosen at compile time.

/// The connection, and every coroutine that uses it, run on one thread or one strand. Nothing is
/// locked, and results are handed over in place.
struct single_threaded
{
    template <class Executor>
    using home = Executor;

    template <class Executor>
    [[nodiscard]] static Executor make_home(Executor const& executor)
    {
        return executor;
    }

    static constexpr bool uses_strand = false;
    /// How long a busy connection is left unread, so that several replies come together.
    using pace = reading_pace;
};

/// Several threads run the executor; any of them may call the connection at any time. It lives on a
/// strand of its own, on which no user code ever runs.
struct multi_threaded
{
    template <class Executor>
    using home = asio::strand<Executor>;

    template <class Executor>
    [[nodiscard]] static asio::strand<Executor> make_home(Executor const& executor)
    {
        return asio::strand<Executor>{executor};
    }

    static constexpr bool uses_strand = true;
    /// As of single_threaded.
    using pace = reading_pace;
};

} // namespace pgcoro
