#pragma once

#include "catch.hpp"
#include "server.hpp"

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <concepts>
#include <exception>
#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

namespace pg = pgcoro;
using asio::awaitable;
using namespace std::chrono_literals;

inline pg::options shared_options()
{
    return pg::options{shared_server().connection_string()};
}

/// Runs a test's coroutine on an io_context of its own until nothing is left to do, and rethrows
/// what it threw. A test that hangs fails after a minute, in place of stopping everything.
template <class Body>
void run(Body body)
{
    asio::io_context context{1};
    std::exception_ptr thrown;
    bool ended = false;
    asio::co_spawn(context, body(), [&](std::exception_ptr error) {
        thrown = error;
        ended = true;
    });
    context.run_for(60s);
    if (!ended)
        throw std::runtime_error{"the coroutine of the test hangs"};
    if (thrown)
        std::rethrow_exception(thrown);
    if (!context.stopped())
        throw std::runtime_error{"the test left something running"};
}

/// The same with a connection to the shared server.
template <class Body>
void with_connection(Body body)
{
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options());
        co_await body(conn);
    });
}

/// What an awaitable throws, as text, if it is an Error; else the test fails.
template <class Error, class T>
awaitable<std::string> error_of(awaitable<T> call)
{
    try {
        co_await std::move(call);
    } catch (Error const& error) {
        co_return error.what();
    }
    FAIL("nothing was thrown");
    co_return "";
}

// Catch2's macros evaluate a co_await twice: checks of awaited values go through functions.

inline void check(bool holds, std::source_location where = std::source_location::current())
{
    INFO("line " << where.line());
    CHECK(holds);
}

template <class A, class B>
void check_equal(
    A const& a, B const& b, std::source_location where = std::source_location::current())
{
    INFO("line " << where.line());
    if constexpr (std::integral<A> && std::integral<B> && !std::same_as<A, bool>)
        CHECK(std::cmp_equal(a, b));
    else
        CHECK(a == b);
}

template <class Matcher>
void check_that(std::string const& text, Matcher const& matcher,
    std::source_location where = std::source_location::current())
{
    INFO("line " << where.line());
    CHECK_THAT(text, matcher);
}

/// Yields to everything else that is ready to run.
inline awaitable<void> yield()
{
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
}
