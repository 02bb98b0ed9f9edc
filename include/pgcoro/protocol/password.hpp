#pragma once

#include "frame.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace pgcoro {

/// PasswordMessage: the password, or its MD5 hash.
inline void write_password(byte_writer& out, std::string_view password)
{
    frame_scope const frame{out, frontend_message::password};
    out.put_string(password);
}

/// SASLInitialResponse.
inline void write_sasl_initial_response(
    byte_writer& out, std::string_view mechanism, std::string_view response)
{
    frame_scope const frame{out, frontend_message::password};
    out.put_string(mechanism);
    out.put(static_cast<std::uint32_t>(response.size()));
    out.put(response);
}

/// GSSResponse: a token as it stands.
inline void write_gss_response(byte_writer& out, std::span<std::byte const> token)
{
    frame_scope const frame{out, frontend_message::password};
    out.put(token);
}

/// SASLResponse.
inline void write_sasl_response(byte_writer& out, std::string_view response)
{
    frame_scope const frame{out, frontend_message::password};
    out.put(response);
}

} // namespace pgcoro
