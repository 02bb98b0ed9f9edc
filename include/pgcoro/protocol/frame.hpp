#pragma once

#include "../core/byte_order.hpp"
#include "../core/byte_writer.hpp"
#include "message_type.hpp"

#include <cstddef>
#include <cstdint>

namespace pgcoro {

/// A message on the wire is its type, one byte, and a length that counts itself and the body.
/// https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-MESSAGE-CONCEPTS
inline constexpr std::size_t frame_header_size = 5;

/// The largest message that a PostgreSQL server takes or sends (PQ_LARGE_MESSAGE_LIMIT).
inline constexpr std::uint32_t largest_message = 0x3fffffff - 1;

[[nodiscard]] inline backend_message frame_type(std::byte const* frame) noexcept
{
    return static_cast<backend_message>(*frame);
}

/// The length field: at least 4 in a valid message.
[[nodiscard]] inline std::uint32_t frame_length(std::byte const* frame) noexcept
{
    return load_big<std::uint32_t>(frame + 1);
}

/// Writes a message's header now and its length when it goes out of scope.
class frame_scope
{
public:
    frame_scope(byte_writer& out, frontend_message type) : out_{out}
    {
        out_.put(static_cast<std::uint8_t>(type));
        start_ = out_.size();
        out_.put(std::uint32_t{0});
    }
    frame_scope(frame_scope const&) = delete;
    frame_scope& operator=(frame_scope const&) = delete;
    ~frame_scope() { out_.patch(start_, static_cast<std::uint32_t>(out_.size() - start_)); }

private:
    byte_writer& out_;
    std::size_t start_ = 0;
};

} // namespace pgcoro
