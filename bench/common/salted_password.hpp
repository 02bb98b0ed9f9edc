#pragma once

#include "big_endian.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <openssl/sha.h>

// OpenSSL would rather have its EVP functions used, which take several times as long.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

namespace bench {

/// One block of PBKDF2 with HMAC-SHA-256: the least that SCRAM can cost. What the password alone
/// decides is hashed once, and a round is two blocks.
class salted_password
{
public:
    using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

    explicit salted_password(std::string_view password)
        : inner_{begun(password, 0x36)}, outer_{begun(password, 0x5c)}
    {
        block_[SHA256_DIGEST_LENGTH] = 0x80;
        store(block_.data() + SHA256_CBLOCK - 8,
            std::uint64_t{8} * (SHA256_CBLOCK + SHA256_DIGEST_LENGTH));
    }

    [[nodiscard]] digest operator()(std::string_view salt, int rounds)
    {
        constexpr std::array<unsigned char, 4> first{0, 0, 0, 1};
        SHA256_CTX state = inner_;
        ::SHA256_Update(&state, salt.data(), salt.size());
        ::SHA256_Update(&state, first.data(), first.size());
        ::SHA256_Final(block_.data(), &state);
        hash_block(outer_);
        digest sum;
        std::memcpy(sum.data(), block_.data(), sum.size());
        for (int i = 1; i < rounds; ++i) {
            hash_block(inner_);
            hash_block(outer_);
            for (std::size_t k = 0; k < sum.size(); ++k)
                sum[k] ^= block_[k];
        }
        return sum;
    }

private:
    [[nodiscard]] static SHA256_CTX begun(std::string_view password, unsigned char pad)
    {
        std::array<unsigned char, SHA256_CBLOCK> key;
        if (password.size() > key.size())
            throw std::invalid_argument{"the password is longer than a block"};
        key.fill(pad);
        for (std::size_t i = 0; i < password.size(); ++i)
            key[i] ^= static_cast<unsigned char>(password[i]);
        SHA256_CTX state;
        ::SHA256_Init(&state);
        ::SHA256_Update(&state, key.data(), key.size());
        return state;
    }

    /// The digest in the block becomes that of it, behind what was begun.
    void hash_block(SHA256_CTX const& begun)
    {
        SHA256_CTX state = begun;
        ::SHA256_Transform(&state, block_.data());
        for (std::size_t i = 0; i < 8; ++i)
            store(block_.data() + 4 * i, std::uint32_t{state.h[i]});
    }

    SHA256_CTX inner_;
    SHA256_CTX outer_;
    std::array<unsigned char, SHA256_CBLOCK> block_{}; // a digest, and the end of the message
};

} // namespace bench

#pragma GCC diagnostic pop
