#pragma once

#include "frame.hpp"

#include <cstddef>
#include <cstdint>
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

/// Bind to the unnamed portal. `parameters` is the part of the message that holds the parameters'
/// formats and values, `result_formats` the one behind it, both as they stand on the wire.
inline void write_bind(byte_writer& out, std::string_view statement,
    std::span<std::byte const> parameters, std::span<std::byte const> result_formats)
{
    frame_scope const frame{out, frontend_message::bind};
    out.put_string({});
    out.put_string(statement);
    out.put(parameters);
    out.put(result_formats);
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
