#pragma once

#include "frame.hpp"

#include <string_view>

namespace pgcoro {

/// Query: one or more statements as text.
inline void write_query(byte_writer& out, std::string_view sql)
{
    frame_scope const frame{out, frontend_message::query};
    out.put_string(sql);
}

/// Terminate: the last message.
inline void write_terminate(byte_writer& out)
{
    frame_scope const frame{out, frontend_message::terminate};
}

} // namespace pgcoro
