#pragma once

#include "base64.hpp"
#include "cleansed.hpp"
#include "hmac_sha256.hpp"
#include "saslprep.hpp"
#include "scram_message.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Whether, and to what, a login is bound, so that nobody can sit between us and the server.
struct scram_binding
{
    enum class kind
    {
        none,                 ///< we don't bind: no TLS, or switched off
        not_offered,          ///< we could, but the server didn't offer it: it checks that claim
        tls_server_end_point, ///< bound to the server's certificate: SCRAM-SHA-256-PLUS
    };
    kind how = kind::none;
    std::vector<std::byte> data; ///< the certificate's hash, RFC 5929 section 4.1
};

/// How many rounds of hashing a server may ask for. PostgreSQL's default is 4096; administrators
/// may lower it to 1. The cap is what keeps a hostile server from stopping our thread: five million
/// take 0.7 s with a CPU that has SHA instructions, about 2 s with one that hasn't. A floor of 4096
/// keeps one from asking for a proof that is cheap to guess the password from.
struct scram_limits
{
    std::uint32_t fewest_iterations = 1;
    std::uint32_t most_iterations = 5'000'000;

    friend bool operator==(scram_limits const&, scram_limits const&) = default;
};

/// What a password was hashed to, for the next login with the same password: with the same salt and
/// iteration count it needs no hashing. As secret as the password.
struct scram_keys
{
    scram_keys() = default;
    scram_keys(scram_keys const&) = default;
    scram_keys& operator=(scram_keys const&) = default;
    ~scram_keys()
    {
        cleanse(client_key);
        cleanse(server_key);
    }

    std::vector<std::byte> salt;
    std::uint32_t iterations = 0; ///< 0: nothing here yet
    sha256_digest client_key{};
    sha256_digest server_key{};
};

/// What a login may be told beside the password.
struct scram_options
{
    scram_binding binding;
    scram_limits limits;
    scram_keys known; ///< from an earlier login with the same password, or empty
    std::string user; ///< PostgreSQL wants it empty, and takes that of the startup message
};

/// 18 random bytes in base64, as PostgreSQL's own client makes them; none if libcrypto has no
/// randomness to give.
[[nodiscard]] inline std::optional<std::string> random_scram_nonce()
{
    std::array<unsigned char, 18> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return std::nullopt;
    return base64_encode(std::as_bytes(std::span{bytes}));
}

/// The client's side of one login by SCRAM-SHA-256: client_first(), client_final(), verify(), in
/// this order, and the login counts only if the last two gave ok. Nothing is thrown for what the
/// server sends; problem() says in words what was wrong with it.
/// RFC 5802, RFC 7677; https://www.postgresql.org/docs/current/sasl-authentication.html
class scram_client
{
public:
    /// `nonce`: printable ASCII without commas, new for each login.
    scram_client(std::string_view password, std::string nonce, scram_options options = {})
        : password_{saslprep(password)}, nonce_{std::move(nonce)}, options_{std::move(options)}
    {}
    scram_client(scram_client const&) = delete;
    scram_client& operator=(scram_client const&) = delete;
    ~scram_client() { cleanse(server_signature_); }

    /// What to name in SASLInitialResponse.
    [[nodiscard]] std::string_view mechanism() const noexcept
    {
        return options_.binding.how == scram_binding::kind::tls_server_end_point
                   ? "SCRAM-SHA-256-PLUS"
                   : "SCRAM-SHA-256";
    }

    /// The first message, for SASLInitialResponse too.
    [[nodiscard]] std::string client_first()
    {
        if (step_ != step::start)
            return {};
        step_ = step::sent_first;
        return std::string{header()}.append(first_bare());
    }

    /// The answer to the server's first message. Takes as long as the server's iteration count
    /// demands: half a millisecond for 4096, unless known keys fit.
    [[nodiscard]] scram_status client_final(std::string_view server_first, std::string& out)
    {
        out.clear();
        if (std::exchange(step_, step::failed) != step::sent_first)
            return fail(scram_status::out_of_turn);
        scram_server_first first;
        if (auto const status = parse(server_first, first); status != scram_status::ok)
            return fail(status);
        if (!first.nonce.starts_with(nonce_) || first.nonce.size() == nonce_.size())
            return fail(scram_status::wrong_nonce);
        if (first.iterations < options_.limits.fewest_iterations ||
            first.iterations > options_.limits.most_iterations)
            return fail(scram_status::iterations_out_of_range, std::to_string(first.iterations));
        if (!make_keys(std::move(first.salt), first.iterations))
            return fail(scram_status::crypto_failed);

        std::string bound{header()};
        std::vector<std::byte> binding(bound.size());
        std::copy_n(reinterpret_cast<std::byte const*>(bound.data()), bound.size(), binding.data());
        if (options_.binding.how == scram_binding::kind::tls_server_end_point)
            binding.insert(
                binding.end(), options_.binding.data.begin(), options_.binding.data.end());
        std::string without_proof = "c=" + base64_encode(binding) + ",r=";
        without_proof.append(first.nonce);

        std::string const said =
            first_bare().append(1, ',').append(server_first).append(1, ',').append(without_proof);
        cleansed<sha256_digest> stored_key;
        cleansed<sha256_digest> proof;
        if (!sha256(options_.known.client_key, *stored_key) || !hmac(*stored_key, said, *proof) ||
            !hmac(options_.known.server_key, said, server_signature_))
            return fail(scram_status::crypto_failed);
        for (std::size_t i = 0; i < proof->size(); ++i)
            (*proof)[i] ^= options_.known.client_key[i];

        out = std::move(without_proof.append(",p=").append(base64_encode(*proof)));
        step_ = step::sent_final;
        return scram_status::ok;
    }

    /// Whether the server's last message proves that it knows the password too. Without ok here the
    /// login must not go on, whatever the server says next.
    [[nodiscard]] scram_status verify(std::string_view server_final)
    {
        if (std::exchange(step_, step::failed) != step::sent_final)
            return fail(scram_status::out_of_turn);
        scram_server_final final;
        if (auto const status = parse(server_final, final); status != scram_status::ok)
            return fail(status);
        if (!final.reason.empty())
            return fail(scram_status::refused, final.reason);
        if (final.signature.size() != server_signature_.size() ||
            CRYPTO_memcmp(
                final.signature.data(), server_signature_.data(), server_signature_.size()) != 0)
            return fail(scram_status::wrong_signature);
        step_ = step::done;
        return scram_status::ok;
    }

    /// The server proved itself.
    [[nodiscard]] bool done() const noexcept { return step_ == step::done; }

    /// To keep for the next login; empty (iterations 0) before done().
    [[nodiscard]] scram_keys keys() const { return done() ? options_.known : scram_keys{}; }

    /// What went wrong, in words; empty if nothing did. It holds nothing secret.
    [[nodiscard]] std::string const& problem() const noexcept { return problem_; }

private:
    enum class step
    {
        start,
        sent_first,
        sent_final,
        done,
        failed,
    };

    [[nodiscard]] std::string_view header() const noexcept
    {
        switch (options_.binding.how) {
        case scram_binding::kind::none:
            break;
        case scram_binding::kind::not_offered:
            return "y,,";
        case scram_binding::kind::tls_server_end_point:
            return "p=tls-server-end-point,,";
        }
        return "n,,";
    }

    [[nodiscard]] std::string first_bare() const
    {
        std::string text = "n=";
        for (char const c : options_.user) {
            if (c == ',' || c == '=')
                text.append(c == ',' ? "=2C" : "=3D");
            else
                text += c;
        }
        return text.append(",r=").append(nonce_);
    }

    [[nodiscard]] bool make_keys(std::vector<std::byte> salt, std::uint32_t iterations)
    {
        scram_keys& keys = options_.known;
        if (keys.iterations != iterations || keys.salt != salt) {
            cleansed<sha256_digest> salted;
            if (!stretch_password(*password_, salt, iterations, *salted) ||
                !hmac(*salted, "Client Key", keys.client_key) ||
                !hmac(*salted, "Server Key", keys.server_key))
                return false;
            keys.salt = std::move(salt);
            keys.iterations = iterations;
        }
        cleanse(*password_);
        return true;
    }

    scram_status fail(scram_status status, std::string_view said = {})
    {
        step_ = step::failed;
        switch (status) {
        case scram_status::ok:
            break;
        case scram_status::malformed:
            problem_ = "the server sent a malformed SCRAM message";
            break;
        case scram_status::wrong_nonce:
            problem_ = "the server's SCRAM nonce does not extend ours";
            break;
        case scram_status::bad_salt:
            problem_ = "the server's SCRAM salt is not valid base64";
            break;
        case scram_status::iterations_out_of_range:
            problem_ = "the server asks for " + std::string{said} +
                       " SCRAM iterations, allowed are " +
                       std::to_string(options_.limits.fewest_iterations) + " to " +
                       std::to_string(options_.limits.most_iterations);
            break;
        case scram_status::unknown_extension:
            problem_ = "the server demands a SCRAM extension that is not supported";
            break;
        case scram_status::refused:
            problem_ = "the server refused the SCRAM exchange: " + std::string{said};
            break;
        case scram_status::wrong_signature:
            problem_ = "the server could not prove that it knows the password";
            break;
        case scram_status::crypto_failed:
            problem_ = "libcrypto could not compute SHA-256";
            break;
        case scram_status::out_of_turn:
            problem_ = "a SCRAM message came out of turn";
            break;
        }
        return status;
    }

    cleansed<std::string> password_;
    std::string nonce_;
    scram_options options_; // its known keys become this login's
    sha256_digest server_signature_{};
    step step_ = step::start;
    std::string problem_;
};

} // namespace pgcoro
