#pragma once

#include "copy_out.hpp"
#include "copy_writer.hpp"
#include "pieces.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// What copy_in() of a source does. The writer that goes with its frame ends the COPY.
template <class Driver, class Source>
[[nodiscard]] asio::awaitable<std::uint64_t, typename Driver::executor_type> copy_pieces_in(
    std::shared_ptr<Driver> driver, owner_id via, std::string sql, Source source,
    copy_progress report)
{
    using next_type = decltype(next_piece(source));
    typename awaited<next_type>::type piece;
    auto to = co_await run_copy_writer(std::move(driver), via, sql);
    copied so_far;
    for (;;) {
        if constexpr (is_awaitable<next_type>)
            piece = co_await next_piece(source);
        else
            piece = next_piece(source);
        if (!piece)
            break;
        co_await to.write(bytes_of(*piece));
        so_far.bytes += bytes_of(*piece).size();
        if (report)
            report(so_far);
    }
    so_far.rows = co_await to.finish();
    if (report)
        report(so_far);
    co_return *so_far.rows;
}

/// What copy_out() into a sink does.
template <class Driver, class Sink>
[[nodiscard]] asio::awaitable<std::uint64_t, typename Driver::executor_type> copy_pieces_out(
    std::shared_ptr<Driver> driver, owner_id via, std::string sql, Sink sink, copy_progress report)
{
    auto from = co_await run_copy_out(std::move(driver), via, sql);
    copied so_far;
    while (auto const piece = co_await from.next()) {
        if constexpr (is_awaitable<decltype(write_piece(sink, bytes_of(*piece)))>)
            co_await write_piece(sink, bytes_of(*piece));
        else
            write_piece(sink, bytes_of(*piece));
        so_far.bytes += piece->size();
        so_far.rows = from.collector().taken();
        if (report)
            report(so_far);
    }
    if constexpr (requires { sink.finish(); }) {
        if constexpr (is_awaitable<decltype(sink.finish())>)
            co_await sink.finish();
        else
            sink.finish();
    }
    so_far.rows = from.collector().rows();
    if (report)
        report(so_far);
    co_return *so_far.rows;
}

} // namespace pgcoro
