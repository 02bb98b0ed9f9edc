#pragma once

#include "../core/error.hpp"
#include "awaited_pieces.hpp"
#include "bind_in_pieces.hpp"
#include "call.hpp"
#include "pieces.hpp"

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// A piece_source that gives its pieces at once.
template <class Source>
class pieces_of final : public any_pieces
{
public:
    explicit pieces_of(Source from) : from_{std::move(from)} {}

    [[nodiscard]] answer next(piece_reader&) override
    {
        piece_ = next_piece(from_);
        if (!piece_)
            return {};
        return {bytes_of(*piece_)};
    }

private:
    Source from_;
    decltype(next_piece(std::declval<Source&>())) piece_;
};

template <class Source>
inline constexpr bool is_awaited_source =
    is_awaitable<decltype(next_piece(std::declval<std::remove_reference_t<Source>&>()))>;

/// A parameter that is sent piece by piece and is never whole in memory: `size` bytes, up to a
/// gibibyte less some forty, that `source` gives while the connection takes them. `conn.execute(
/// "INSERT INTO files VALUES ($1, $2)", name, pg::chunks(file.size(), std::move(file)))` with an
/// input_file, or whatever is a piece_source. One that gives awaitables is awaited on the caller's
/// executor, never before the last piece has left; it must say when it ends. For a bytea the bytes
/// are the value, for every other type its text. An argument of the verbs, any number of times in a
/// call; not of prepared statements, pipelines, ranges, or of pg::sql, and those that give
/// awaitables not of streams and cursors.
/// The source is moved into the call, which owns the connection until all is sent: others throw
/// operation_in_progress. The statement is described first, so a wrong one costs no byte; that
/// takes a second round trip when it is new. What has begun must be sent to its end. So if the
/// source throws, or gives fewer or more bytes than `size` (encode_error), or the call is cancelled
/// or timed out on the way, the connection is closed, unless nothing had been sent yet. A source
/// that is being awaited then is cancelled first: the caller goes on when that has ended.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html, Bind
template <class Source>
requires piece_source<Source> &&(!is_awaited_source<Source>) [[nodiscard]] chunked_value
    chunks(std::size_t size, Source&& source)
{
    using kept = std::decay_t<Source>;
    return {size, std::make_shared<pieces_of<kept>>(std::forward<Source>(source))};
}
template <class Source>
requires piece_source<Source> && is_awaited_source<Source>
[[nodiscard]] awaited_value chunks(std::size_t size, Source&& source)
{
    using kept = std::decay_t<Source>;
    return {size, std::make_shared<awaited_pieces_of<kept>>(std::forward<Source>(source))};
}

/// Nobody else knows how to send it.
template <>
struct codec<chunked_value>
{
    static void encode(chunked_value const&, format, byte_writer&)
    {
        throw encode_error{"a value in chunks() can only be an argument of a verb: of no prepared "
                           "statement, range or pg::sql"};
    }
};
template <>
struct codec<awaited_value> : codec<chunked_value>
{};

template <>
inline constexpr bool is_sent_in_pieces<chunked_value> = true;
template <>
inline constexpr bool is_sent_in_pieces<awaited_value> = true;
template <>
inline constexpr bool is_awaited_in_pieces<awaited_value> = true;

} // namespace pgcoro
