#pragma once

#include "../core/byte_reader.hpp"
#include "../core/error.hpp"
#include "../protocol/extended_query.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {

inline constexpr std::string_view too_much_for_a_message =
    "with it the arguments take more than the 1 GiB that a message may have";

/// Bind's parameters are more than fits: names the one with which they are.
[[gnu::cold, nodiscard]] inline encode_error too_large(
    std::span<std::byte const> parameters, std::size_t most)
{
    byte_reader values{parameters};
    std::size_t const formats = values.get<std::uint16_t>();
    (void)values.get_bytes(formats * sizeof(std::uint16_t));
    (void)values.get<std::uint16_t>();
    std::size_t number = 0;
    for (; values.remaining() != 0 && parameters.size() - values.remaining() <= most; ++number)
        if (auto const size = values.get<std::int32_t>(); size > 0)
            (void)values.get_bytes(static_cast<std::size_t>(size));
    return encode_error{
        "parameter $" + std::to_string(number) + ": " + std::string{too_much_for_a_message}};
}

/// Writes one statement's Bind and Execute again and again: all but the parameters is laid out
/// once. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
class bind_writer
{
public:
    void begin(std::string_view statement, std::span<std::byte const> result_formats)
    {
        head_.clear();
        head_.put(static_cast<std::uint8_t>(frontend_message::bind));
        head_.put(std::uint32_t{0});
        head_.put_string({});
        head_.put_string(statement);
        tail_.clear();
        tail_.put(result_formats);
        formats_size_ = tail_.size();
        write_execute(tail_);
    }

    /// Opens a Bind: its parameters' formats and values are to follow.
    void open(byte_writer& out)
    {
        begin_ = out.size();
        out.put(head_.bytes());
    }
    /// Ends it, with the Execute. Throws encode_error if it is longer than a message may be: then
    /// everything behind unfinished() is to be cut off.
    void close(byte_writer& out)
    {
        std::size_t const length = out.size() - begin_ + formats_size_ - 1;
        if (length > largest_message)
            throw encode_error{"the arguments take more than the 1 GiB that a message may have"};
        out.patch(begin_ + 1, static_cast<std::uint32_t>(length));
        out.put(tail_.bytes());
    }
    /// Where the Bind that was opened last begins.
    [[nodiscard]] std::size_t unfinished() const noexcept { return begin_; }

private:
    small_byte_writer<48> head_;
    small_byte_writer<48> tail_;
    std::size_t formats_size_ = 0;
    std::size_t begin_ = 0;
};

} // namespace pgcoro
