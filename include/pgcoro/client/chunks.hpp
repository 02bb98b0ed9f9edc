#pragma once

#include "../core/error.hpp"
#include "../protocol/extended_query.hpp"
#include "../session/source.hpp"
#include "../types/parameters.hpp"
#include "call.hpp"
#include "pieces.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace pgcoro {

/// A piece_source, whatever its type.
class any_pieces
{
public:
    any_pieces() = default;
    any_pieces(any_pieces const&) = delete;
    any_pieces& operator=(any_pieces const&) = delete;
    virtual ~any_pieces() = default;
    [[nodiscard]] virtual std::optional<std::span<std::byte const>> next() = 0;
};

template <class Source>
class pieces_of final : public any_pieces
{
public:
    explicit pieces_of(Source from) : from_{std::move(from)} {}

    [[nodiscard]] std::optional<std::span<std::byte const>> next() override
    {
        piece_ = next_piece(from_);
        if (!piece_)
            return std::nullopt;
        return bytes_of(*piece_);
    }

private:
    Source from_;
    decltype(next_piece(std::declval<Source&>())) piece_;
};

/// What chunks() gives. A call that it is given to takes its source: it can be sent once.
class chunked_value
{
public:
    chunked_value(std::size_t size, std::unique_ptr<any_pieces> from) noexcept
        : size_{size}, from_{std::move(from)}
    {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::unique_ptr<any_pieces> take() const noexcept { return std::move(from_); }

private:
    std::size_t size_;
    mutable std::unique_ptr<any_pieces> from_; // arguments are const
};

/// A source that gives its pieces at once.
template <class Source>
concept prompt_piece_source = piece_source<Source> &&
    !is_awaitable<decltype(next_piece(std::declval<std::remove_reference_t<Source>&>()))>;

/// A parameter that is sent piece by piece and is never whole in memory: `size` bytes, up to a
/// gibibyte less one, that `source` gives while the connection takes them. `conn.execute("INSERT
/// INTO files VALUES ($1, $2)", name, pg::chunks(file.size(), std::move(file)))` with an
/// input_file, or whatever is a piece_source that does not wait. For a bytea the bytes are the
/// value, for every other type its text. An argument of the verbs, any number of times in a call;
/// not of prepared statements, of ranges, or of pg::sql.
/// The source is moved into the call, which owns the connection until all is sent: others throw
/// operation_in_progress. The statement is described first, so a wrong one costs no byte; that
/// takes a second round trip when it is new. What has begun must be sent to its end. So if the
/// source throws, or gives fewer or more bytes than `size` (encode_error), or the call is cancelled
/// or timed out on the way, the connection is closed, unless nothing had been sent yet.
/// https://www.postgresql.org/docs/current/protocol-message-formats.html, Bind
template <class Source>
requires prompt_piece_source<Source>
[[nodiscard]] chunked_value chunks(std::size_t size, Source&& source)
{
    using kept = std::decay_t<Source>;
    return {size, std::make_unique<pieces_of<kept>>(std::forward<Source>(source))};
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
inline constexpr bool is_sent_in_pieces<chunked_value> = true;

/// One Bind and Execute whose parameters are too much to be written at once.
class bind_in_pieces final : public source
{
public:
    template <class... Arguments>
    explicit bind_in_pieces(Arguments const&... arguments)
    {
        std::size_t number = 0;
        (add(++number, arguments), ...);
    }

    void begin(std::string_view name, std::span<std::byte const> result_formats,
        std::span<oid const> parameters) override
    {
        head_.put(static_cast<std::uint8_t>(frontend_message::bind));
        head_.put(std::uint32_t{0});
        head_.put_string({});
        head_.put_string(name);
        for (cut const& each : cuts_)
            if (each.number <= parameters.size() && parameters[each.number - 1] == oids::bytea)
                formats_[each.number - 1] = format::binary;
        head_.put(static_cast<std::uint16_t>(formats_.size()));
        for (format const each : formats_)
            head_.put(static_cast<std::int16_t>(each));
        head_.put(static_cast<std::uint16_t>(formats_.size()));
        tail_.put(result_formats);
        std::size_t length = head_.size() - 1 + values_.size() + tail_.size();
        for (cut const& each : cuts_)
            length += each.size;
        if (length > largest_message)
            throw encode_error{"the arguments take more than the 1 GiB that a message may have"};
        head_.patch(1, static_cast<std::uint32_t>(length));
        write_execute(tail_);
    }

    [[nodiscard]] turn feed(byte_writer& out) override
    {
        turn now;
        std::size_t const begin = out.size();
        try {
            if (!std::exchange(begun_, true))
                out.put(head_.bytes());
            for (; at_ != cuts_.size(); ++at_) {
                put_values(cuts_[at_].place, out);
                if (!put_pieces(cuts_[at_], begin + enough, out)) {
                    now.more = true;
                    return now;
                }
            }
            put_values(values_.size(), out);
            out.put(tail_.bytes());
            ended_ = true;
            now.executions = 1;
        } catch (...) {
            now.failure = std::current_exception();
        }
        return now;
    }

    [[nodiscard]] bool within_message() const noexcept override { return begun_ && !ended_; }

private:
    struct cut
    {
        std::size_t place; // among the values
        std::size_t number;
        std::size_t size;
        std::size_t left;
        std::unique_ptr<any_pieces> from;
    };

    template <class T>
    void add(std::size_t number, T const& value)
    {
        formats_.push_back(parameter_format(value));
        encode_parameter(number, value, values_);
    }
    void add(std::size_t number, chunked_value const& value)
    {
        if (value.size() > max_value_size)
            throw_encode_error(number, "the value is longer than 1 GiB");
        std::unique_ptr<any_pieces> from = value.take();
        if (!from)
            throw_encode_error(number, "the value in chunks() was sent already");
        formats_.push_back(format::text);
        values_.put(static_cast<std::int32_t>(value.size()));
        cuts_.push_back({values_.size(), number, value.size(), value.size(), std::move(from)});
    }

    void put_values(std::size_t end, byte_writer& out)
    {
        out.put(values_.bytes().subspan(put_, end - put_));
        put_ = end;
    }

    /// Gives whether the value is at its end, which only the source knows.
    [[nodiscard]] bool put_pieces(cut& of, std::size_t stop, byte_writer& out)
    {
        for (;;) {
            if (piece_.empty()) {
                auto const next = of.from->next();
                if (!next && of.left == 0)
                    return true;
                if (!next || next->size() > of.left)
                    throw_encode_error(of.number,
                        "the source of chunks() gave " +
                            (next ? "more than" : std::to_string(of.size - of.left) + " of") +
                            " the " + std::to_string(of.size) + " bytes that were promised");
                piece_ = *next;
            }
            if (out.size() >= stop)
                return false;
            auto const some = piece_.first(std::min(piece_.size(), stop - out.size()));
            out.put(some);
            piece_ = piece_.subspan(some.size());
            of.left -= some.size();
        }
    }

    std::vector<format> formats_;
    std::vector<cut> cuts_;
    byte_writer values_;
    byte_writer head_;
    byte_writer tail_;
    std::span<std::byte const> piece_; // what is left of it
    std::size_t at_ = 0;
    std::size_t put_ = 0; // of the values
    bool begun_ = false;
    bool ended_ = false;
};

/// For call::encode().
template <class... Arguments>
[[nodiscard]] std::unique_ptr<source> sent_in_pieces(Arguments const&... arguments)
{
    return std::make_unique<bind_in_pieces>(arguments...);
}

} // namespace pgcoro
