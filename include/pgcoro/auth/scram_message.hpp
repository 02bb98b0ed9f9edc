#pragma once

#include "base64.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

/// \file
/// The two messages that a SCRAM server sends, strictly by the grammar of
/// https://www.rfc-editor.org/rfc/rfc5802#section-7

namespace pgcoro {

/// How far a login by SCRAM got, or what stopped it.
enum class scram_status
{
    ok,
    malformed,               ///< a message not by the grammar
    wrong_nonce,             ///< the server's nonce doesn't begin with ours, or adds nothing
    bad_salt,                ///< no base64, or empty
    iterations_out_of_range, ///< see scram_limits
    unknown_extension,       ///< a mandatory one ("m=")
    refused,                 ///< the server says why ("e=")
    wrong_signature,         ///< the server doesn't know the password
    crypto_failed,           ///< libcrypto couldn't
    out_of_turn,             ///< a call in the wrong order, or after a failure
};

/// "r=nonce,s=salt,i=count". The nonce is a view into the message.
struct scram_server_first
{
    std::string_view nonce;
    std::vector<std::byte> salt;
    std::uint32_t iterations = 0; ///< saturated: 2^32 - 1 for what is more
};

/// "v=signature", or "e=reason"; the reason is a view into the message.
struct scram_server_final
{
    std::vector<std::byte> signature;
    std::string_view reason;
};

/// Takes "<key>=<value>" and the comma behind it off the front of `message`. A value is not empty
/// and has no zero bytes.
[[nodiscard]] inline bool take_attribute(
    std::string_view& message, char key, std::string_view& value) noexcept
{
    if (message.size() < 3 || message[0] != key || message[1] != '=')
        return false;
    value = message.substr(2, message.find(',') - 2);
    message.remove_prefix(2 + value.size());
    if (!message.empty()) {
        message.remove_prefix(1);
        if (message.empty()) // a comma with nothing behind it
            return false;
    }
    return !value.empty() && value.find('\0') == std::string_view::npos;
}

/// What may follow the known attributes: optional extensions, which we skip, as we must.
[[nodiscard]] inline scram_status check_extensions(std::string_view message) noexcept
{
    while (!message.empty()) {
        char const key = message.front();
        std::string_view value;
        if (!((key >= 'a' && key <= 'z') || (key >= 'A' && key <= 'Z')) ||
            !take_attribute(message, key, value))
            return scram_status::malformed;
        if (key == 'm')
            return scram_status::unknown_extension;
    }
    return scram_status::ok;
}

[[nodiscard]] inline scram_status parse(std::string_view message, scram_server_first& out)
{
    if (message.starts_with("m="))
        return scram_status::unknown_extension;
    std::string_view salt;
    std::string_view count;
    if (!take_attribute(message, 'r', out.nonce) || !take_attribute(message, 's', salt) ||
        !take_attribute(message, 'i', count))
        return scram_status::malformed;
    if (!std::all_of(
            out.nonce.begin(), out.nonce.end(), [](char c) { return c > ' ' && c <= '~'; }))
        return scram_status::malformed;
    if (!base64_decode(salt, out.salt))
        return scram_status::bad_salt;
    if (count.front() == '0')
        return scram_status::malformed;
    std::uint64_t iterations = 0;
    for (char const c : count) {
        if (c < '0' || c > '9')
            return scram_status::malformed;
        iterations = std::min<std::uint64_t>(
            iterations * 10 + static_cast<std::uint64_t>(c - '0'), UINT32_MAX);
    }
    out.iterations = static_cast<std::uint32_t>(iterations);
    return check_extensions(message);
}

[[nodiscard]] inline scram_status parse(std::string_view message, scram_server_final& out)
{
    out.reason = {};
    if (message.starts_with("e="))
        return take_attribute(message, 'e', out.reason) ? check_extensions(message)
                                                        : scram_status::malformed;
    std::string_view signature;
    if (!take_attribute(message, 'v', signature) || !base64_decode(signature, out.signature))
        return scram_status::malformed;
    return check_extensions(message);
}

} // namespace pgcoro
