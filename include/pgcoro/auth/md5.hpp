#pragma once

#include "hmac_sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {

/// The answer to AuthenticationMD5Password: "md5" and 32 hexadecimal digits. False if libcrypto
/// has no MD5, as under FIPS: the role then needs a SCRAM password.
/// https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
[[nodiscard]] inline bool md5_password(std::string_view user, std::string_view password,
    std::span<std::byte const, 4> salt, std::string& out)
{
    using digest = std::array<unsigned char, 16>;
    auto const hash = [](auto first, auto second, digest& result) {
        evp_md_ctx_ptr const context{EVP_MD_CTX_new()};
        return context && EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) == 1 &&
               EVP_DigestUpdate(context.get(), first.data(), first.size()) == 1 &&
               EVP_DigestUpdate(context.get(), second.data(), second.size()) == 1 &&
               EVP_DigestFinal_ex(context.get(), result.data(), nullptr) == 1;
    };
    auto const append_hex = [](std::string& to, digest const& bytes) {
        constexpr char digits[] = "0123456789abcdef";
        for (auto const byte : bytes) {
            to += digits[byte >> 4];
            to += digits[byte & 15];
        }
    };

    cleansed<digest> bytes;
    cleansed<std::string> stored; // what the server keeps is as good as the password
    stored->reserve(32);
    out.clear();
    if (!hash(password, user, *bytes))
        return false;
    append_hex(*stored, *bytes);
    if (!hash(*stored, salt, *bytes))
        return false;
    out = "md5";
    append_hex(out, *bytes);
    return true;
}

} // namespace pgcoro
