#pragma once

#include "salted_password.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace bench {

/// The client's side of SCRAM-SHA-256 with an ASCII password, for a server that is trusted: its
/// own proof is not looked at.
/// https://www.rfc-editor.org/rfc/rfc5802
class scram
{
public:
    using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;
    /// What the password was hashed to, which may be kept as long as the salt is the same.
    struct salted
    {
        std::string salt;
        digest key{};
    };

    [[nodiscard]] std::string_view client_first()
    {
        std::array<unsigned char, 18> random{};
        ::RAND_bytes(random.data(), static_cast<int>(random.size()));
        first_bare_ = "n=,r=" + encode(random);
        first_ = "n,," + first_bare_;
        return first_;
    }

    [[nodiscard]] std::string client_final(
        std::string_view server_first, std::string_view password, salted* kept)
    {
        auto const part = [&](std::string_view name) {
            std::size_t const begin = server_first.find(name);
            if (begin == std::string_view::npos)
                throw std::runtime_error{"the server's SCRAM message is not understood"};
            std::size_t const value = begin + name.size();
            return server_first.substr(value, server_first.find(',', value) - value);
        };
        std::string_view const nonce = part("r=");
        std::string const salt = decode(part("s="));
        std::string_view const rounds_text = part("i=");
        int rounds = 0;
        std::from_chars(rounds_text.data(), rounds_text.data() + rounds_text.size(), rounds);

        salted mine;
        salted& used = kept != nullptr ? *kept : mine;
        if (used.salt != salt) {
            used.salt = salt;
            used.key = salted_password{password}(salt, rounds);
        }
        std::string final = "c=biws,r=" + std::string{nonce};
        digest const client_key = mac(used.key, "Client Key");
        digest stored_key{};
        ::SHA256(client_key.data(), client_key.size(), stored_key.data());
        digest proof = mac(stored_key, first_bare_ + "," + std::string{server_first} + "," + final);
        for (std::size_t i = 0; i < proof.size(); ++i)
            proof[i] ^= client_key[i];
        return final + ",p=" + encode(proof);
    }

private:
    [[nodiscard]] static digest mac(digest const& key, std::string_view text)
    {
        digest result{};
        unsigned size = 0;
        ::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
            reinterpret_cast<unsigned char const*>(text.data()), text.size(), result.data(), &size);
        return result;
    }
    template <std::size_t N>
    [[nodiscard]] static std::string encode(std::array<unsigned char, N> const& bytes)
    {
        std::array<unsigned char, (N + 2) / 3 * 4 + 1> text{};
        int const size = ::EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(N));
        return {reinterpret_cast<char const*>(text.data()), static_cast<std::size_t>(size)};
    }
    [[nodiscard]] static std::string decode(std::string_view text)
    {
        std::string bytes(text.size() / 4 * 3, '\0');
        ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
            reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
        while (!text.empty() && text.back() == '=') {
            text.remove_suffix(1);
            bytes.pop_back();
        }
        return bytes;
    }

    std::string first_;
    std::string first_bare_;
};

} // namespace bench
