#pragma once

#include "../net/asio.hpp"

#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace pgcoro {

/// Bytes: a span of them, a std::string, a vector of std::byte…
template <class T>
concept piece_of_bytes = std::convertible_to<T const&, std::span<std::byte const>> ||
    std::convertible_to<T const&, std::string_view>;

template <piece_of_bytes T>
[[nodiscard]] inline std::span<std::byte const> bytes_of(T const& piece)
{
    if constexpr (std::convertible_to<T const&, std::span<std::byte const>>)
        return piece;
    else
        return std::as_bytes(std::span<char const>{std::string_view{piece}});
}

template <class T>
inline constexpr bool is_awaitable = false;
template <class T, class Executor>
inline constexpr bool is_awaitable<asio::awaitable<T, Executor>> = true;

template <class T>
struct awaited
{
    using type = T;
};
template <class T, class Executor>
struct awaited<asio::awaitable<T, Executor>>
{
    using type = T;
};

template <class Source>
concept gives_next = requires(Source& from)
{
    from.next();
};

template <class Source>
requires gives_next<Source> || std::invocable<Source&>
[[nodiscard]] inline auto next_piece(Source& from)
{
    if constexpr (gives_next<Source>)
        return from.next();
    else
        return from();
}

template <class T>
inline constexpr bool is_optional_piece = false;
template <piece_of_bytes T>
inline constexpr bool is_optional_piece<std::optional<T>> = true;

/// Where bytes come from, piece by piece: `next()`, or else a call, gives a std::optional of a
/// piece or an awaitable of that; nothing is the end. A piece need live only until the next is
/// asked for. An input_file is one, and the stream that copy_out() gives.
template <class Source>
concept piece_source = requires(std::remove_reference_t<Source>& from)
{
    next_piece(from);
    requires is_optional_piece<typename awaited<decltype(next_piece(from))>::type>;
};

template <class Sink>
concept takes_write = requires(Sink& to, std::span<std::byte const> piece)
{
    to.write(piece);
};

template <class Sink>
requires takes_write<Sink> || std::invocable<Sink&, std::span<std::byte const>>
inline auto write_piece(Sink& to, std::span<std::byte const> piece)
{
    if constexpr (takes_write<Sink>)
        return to.write(piece);
    else
        return to(piece);
}

/// Where bytes go, piece by piece: `write(std::span<std::byte const>)`, or else a call with that,
/// takes a piece, at once or as an awaitable. If it has a `finish()`, that is called, or awaited,
/// when all is there. An output_file is one, and a copy_writer.
template <class Sink>
concept piece_sink = requires(std::remove_reference_t<Sink>& to, std::span<std::byte const> piece)
{
    write_piece(to, piece);
};

} // namespace pgcoro
