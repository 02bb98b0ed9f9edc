#pragma once

#include "frame.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace pgcoro {

/// Parse. `parameter_types` is the message's last part as it stands on the wire: a count and the
/// OIDs.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY
inline void write_parse(byte_writer& out, std::string_view statement, std::string_view sql,
    std::span<std::byte const> parameter_types)
{
    frame_scope const frame{out, frontend_message::parse};
    out.put_string(statement);
    out.put_string(sql);
    out.put(parameter_types);
}

/// Bind to the unnamed portal, its Execute and, if wanted, a Sync: what nearly every call sends, at
/// once. `parameters` is the part of Bind that holds the parameters' formats and values,
/// `result_formats` the one behind it, both as they stand on the wire.
inline void write_bind_and_execute(byte_writer& out, std::string_view statement,
    std::span<std::byte const> parameters, std::span<std::byte const> result_formats, bool sync)
{
    constexpr std::string_view rest{"E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04", 15};
    std::size_t const rest_size = sync ? 15 : 10;
    std::size_t const length =
        4 + 1 + statement.size() + 1 + parameters.size() + result_formats.size();
    std::byte* at = out.extend(1 + length + rest_size);
    auto const put = [&at](void const* from, std::size_t count) {
        if (count != 0)
            std::memcpy(at, from, count);
        at += count;
    };
    *at = static_cast<std::byte>(frontend_message::bind);
    store_big(at + 1, static_cast<std::uint32_t>(length));
    at[5] = std::byte{0};
    at += 6;
    put(statement.data(), statement.size());
    *at++ = std::byte{0};
    put(parameters.data(), parameters.size());
    put(result_formats.data(), result_formats.size());
    std::memcpy(at, rest.data(), rest_size);
}

inline void write_describe_statement(byte_writer& out, std::string_view statement)
{
    frame_scope const frame{out, frontend_message::describe};
    out.put(std::uint8_t{'S'});
    out.put_string(statement);
}

inline void write_close_statement(byte_writer& out, std::string_view statement)
{
    frame_scope const frame{out, frontend_message::close};
    out.put(std::uint8_t{'S'});
    out.put_string(statement);
}

/// Execute a portal, the unnamed one, to its end: a row limit would switch parallel plans off.
inline void write_execute(byte_writer& out, std::string_view portal = {})
{
    frame_scope const frame{out, frontend_message::execute};
    out.put_string(portal);
    out.put(std::uint32_t{0});
}

inline void write_sync(byte_writer& out)
{
    frame_scope const frame{out, frontend_message::sync};
}

} // namespace pgcoro
