#pragma once

#include "../core/byte_reader.hpp"
#include "frame.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pgcoro {

/// CopyInResponse or CopyOutResponse: what the data of a COPY will look like.
struct copy_response
{
    bool binary = false;
    std::uint16_t columns = 0;
};

/// https://www.postgresql.org/docs/current/protocol-message-formats.html, CopyInResponse
[[nodiscard]] inline bool parse(byte_reader reader, copy_response& to)
{
    auto const overall = reader.get<std::uint8_t>();
    to.binary = overall == 1;
    to.columns = reader.get<std::uint16_t>();
    (void)reader.get_bytes(std::size_t{to.columns} * 2); // each column's format: the same
    return overall <= 1 && reader.exhausted();
}

/// CopyData. Where one message ends and the next begins does not matter to the server.
inline void write_copy_data(byte_writer& out, std::span<std::byte const> bytes)
{
    frame_scope const frame{out, frontend_message::copy_data};
    out.put(bytes);
}

/// CopyDone: all is there.
inline void write_copy_done(byte_writer& out)
{
    frame_scope const frame{out, frontend_message::copy_done};
}

/// CopyFail: ends a COPY FROM STDIN with an error that the server repeats.
inline void write_copy_fail(byte_writer& out, std::string_view reason)
{
    frame_scope const frame{out, frontend_message::copy_fail};
    out.put_string(reason);
}

} // namespace pgcoro
