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

/// CopyFail: ends a COPY FROM STDIN with an error that the server repeats.
inline void write_copy_fail(byte_writer& out, std::string_view reason)
{
    frame_scope const frame{out, frontend_message::copy_fail};
    out.put_string(reason);
}

/// Terminate: the last message.
inline void write_terminate(byte_writer& out)
{
    frame_scope const frame{out, frontend_message::terminate};
}

} // namespace pgcoro
