#pragma once

#include "cleansed.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace pgcoro {

/// What SHA-256 gives.
using sha256_digest = std::array<std::byte, 32>;

/// Frees what OpenSSL made.
struct evp_md_ctx_deleter
{
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using evp_md_ctx_ptr = std::unique_ptr<EVP_MD_CTX, evp_md_ctx_deleter>;

/// False if libcrypto refuses: no memory, or a provider without SHA-256.
[[nodiscard]] inline bool sha256(std::span<std::byte const> bytes, sha256_digest& out) noexcept
{
    return EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()),
               nullptr, EVP_sha256(), nullptr) == 1;
}

/// HMAC-SHA-256 under one key, many times: the key is hashed once, then its two states are copied.
/// OpenSSL's own HMAC would do, but a password is hashed with thousands of these, and copying the
/// states takes two thirds of the time that PKCS5_PBKDF2_HMAC does (0.53 against 0.77 ms for 4096
/// rounds). https://www.rfc-editor.org/rfc/rfc2104
class hmac_sha256
{
public:
    explicit hmac_sha256(std::span<std::byte const> key) noexcept
    {
        cleansed<std::array<std::byte, 64>> pad;
        if (key.size() > pad->size()) {
            cleansed<sha256_digest> hashed;
            ok_ = sha256(key, *hashed);
            std::copy(hashed->begin(), hashed->end(), pad->begin());
        } else {
            std::copy(key.begin(), key.end(), pad->begin());
        }
        for (std::byte& byte : *pad)
            byte ^= std::byte{0x36};
        ok_ = ok_ && start(inner_, *pad);
        for (std::byte& byte : *pad)
            byte ^= std::byte{0x36 ^ 0x5c};
        ok_ = ok_ && start(outer_, *pad) && work_;
    }

    /// Of first and second, one behind the other. False if libcrypto refuses. `out` may be one of
    /// the two.
    [[nodiscard]] bool operator()(std::span<std::byte const> first,
        std::span<std::byte const> second, sha256_digest& out) noexcept
    {
        auto* const digest = reinterpret_cast<unsigned char*>(out.data());
        auto* const work = work_.get();
        return ok_ && EVP_MD_CTX_copy_ex(work, inner_.get()) == 1 &&
               EVP_DigestUpdate(work, first.data(), first.size()) == 1 &&
               EVP_DigestUpdate(work, second.data(), second.size()) == 1 &&
               EVP_DigestFinal_ex(work, digest, nullptr) == 1 &&
               EVP_MD_CTX_copy_ex(work, outer_.get()) == 1 &&
               EVP_DigestUpdate(work, digest, out.size()) == 1 &&
               EVP_DigestFinal_ex(work, digest, nullptr) == 1;
    }

private:
    [[nodiscard]] static bool start(
        evp_md_ctx_ptr const& context, std::array<std::byte, 64> const& pad) noexcept
    {
        return context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1 &&
               EVP_DigestUpdate(context.get(), pad.data(), pad.size()) == 1;
    }

    evp_md_ctx_ptr inner_{EVP_MD_CTX_new()}; // freeing them cleanses them
    evp_md_ctx_ptr outer_{EVP_MD_CTX_new()};
    evp_md_ctx_ptr work_{EVP_MD_CTX_new()};
    bool ok_ = true;
};

/// The same, once.
[[nodiscard]] inline bool hmac(
    std::span<std::byte const> key, std::string_view text, sha256_digest& out) noexcept
{
    return hmac_sha256{key}(std::as_bytes(std::span{text}), {}, out);
}

/// One block of PBKDF2 with HMAC-SHA-256, which is all that SCRAM needs: its Hi().
/// https://www.rfc-editor.org/rfc/rfc5802#section-2.2
[[nodiscard]] inline bool stretch_password(std::string_view password,
    std::span<std::byte const> salt, std::uint32_t iterations, sha256_digest& out) noexcept
{
    constexpr std::array<std::byte, 4> first_block{{{}, {}, {}, std::byte{1}}};
    hmac_sha256 keyed{std::as_bytes(std::span{password})};
    cleansed<sha256_digest> round;
    if (!keyed(salt, first_block, *round))
        return false;
    out = *round;
    for (std::uint32_t i = 1; i < iterations; ++i) {
        if (!keyed(*round, {}, *round))
            return false;
        for (std::size_t at = 0; at < out.size(); ++at)
            out[at] ^= (*round)[at];
    }
    return true;
}

} // namespace pgcoro
