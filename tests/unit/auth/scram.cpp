#include "catch.hpp"

#include <pgcoro/auth/scram.hpp>

#include <openssl/hmac.h>

#include <string>

namespace {

using namespace pgcoro;
using namespace std::string_literals;

// The example of RFC 7677, section 3.
std::string const nonce = "rOprNGfwEbeRWgbNEkqO";
std::string const server_nonce = nonce + "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
std::string const server_first = "r=" + server_nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
std::string const server_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

scram_options rfc_options()
{
    scram_options options;
    options.user = "user";
    return options;
}

/// The status of client_final() after the first message.
scram_status final_status(std::string const& message, scram_limits limits = {})
{
    auto options = rfc_options();
    options.limits = limits;
    scram_client client{"pencil", nonce, options};
    (void)client.client_first();
    std::string out;
    auto const status = client.client_final(message, out);
    CHECK((status == scram_status::ok) == client.problem().empty());
    CHECK((status == scram_status::ok) != out.empty());
    if (status != scram_status::ok)
        CHECK(client.verify(server_final) == scram_status::out_of_turn);
    return status;
}

/// The status of verify() after a good exchange.
scram_status verify_status(std::string const& message)
{
    scram_client client{"pencil", nonce, rfc_options()};
    (void)client.client_first();
    std::string out;
    REQUIRE(client.client_final(server_first, out) == scram_status::ok);
    auto const status = client.verify(message);
    CHECK(client.done() == (status == scram_status::ok));
    CHECK((client.keys().iterations != 0) == client.done());
    CHECK(client.verify(server_final) == scram_status::out_of_turn);
    CHECK_FALSE(client.done());
    return status;
}

/// A server that hashes through other functions of OpenSSL than we do.
struct independent_server
{
    std::string password;
    std::string salt;
    int iterations;

    std::string keyed(std::string const& key, std::string const& text) const
    {
        std::string out(32, '\0');
        HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
            reinterpret_cast<unsigned char const*>(text.data()), text.size(),
            reinterpret_cast<unsigned char*>(out.data()), nullptr);
        return out;
    }

    std::string salted() const
    {
        std::string out(32, '\0');
        PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
            reinterpret_cast<unsigned char const*>(salt.data()), static_cast<int>(salt.size()),
            iterations, EVP_sha256(), 32, reinterpret_cast<unsigned char*>(out.data()));
        return out;
    }

    static std::string base64(std::string const& bytes)
    {
        return base64_encode(std::as_bytes(std::span{bytes}));
    }

    /// Whether the proof is right; the final message, if so.
    std::string answer(std::string const& said, std::string const& proof) const
    {
        auto const client_key = keyed(salted(), "Client Key");
        std::string stored(32, '\0');
        EVP_Digest(client_key.data(), 32, reinterpret_cast<unsigned char*>(stored.data()), nullptr,
            EVP_sha256(), nullptr);
        auto expected = keyed(stored, said);
        for (std::size_t i = 0; i < 32; ++i)
            expected[i] = static_cast<char>(expected[i] ^ client_key[i]);
        return base64(expected) == proof ? "v=" + base64(keyed(keyed(salted(), "Server Key"), said))
                                         : "e=invalid-proof";
    }
};

/// A whole login against it; its server-final message.
std::string log_in(scram_client& client, independent_server const& server)
{
    auto const first = client.client_first();
    auto const bare = first.substr(first.find(",,") + 2);
    auto const reply = bare.substr(bare.find("r=")) +
                       "theirs,s=" + independent_server::base64(server.salt) +
                       ",i=" + std::to_string(server.iterations);
    std::string final;
    REQUIRE(client.client_final(reply, final) == scram_status::ok);
    auto const proof = final.find(",p=");
    return server.answer(
        bare + "," + reply + "," + final.substr(0, proof), final.substr(proof + 3));
}

} // namespace

TEST_CASE("the example of RFC 7677")
{
    scram_client client{"pencil", nonce, rfc_options()};
    CHECK(client.mechanism() == "SCRAM-SHA-256");
    CHECK(client.client_first() == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
    std::string final;
    CHECK(client.client_final(server_first, final) == scram_status::ok);
    CHECK(final == "c=biws,r=" + server_nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    CHECK_FALSE(client.done());
    CHECK(client.verify(server_final) == scram_status::ok);
    CHECK(client.done());
    CHECK(client.problem().empty());
}

TEST_CASE("the server's nonce must begin with ours and add to it")
{
    auto const with = [](std::string const& theirs) {
        return final_status("r=" + theirs + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    };
    CHECK(with(nonce + "x") == scram_status::ok);
    CHECK(with(nonce) == scram_status::wrong_nonce);
    CHECK(with(nonce.substr(0, 19)) == scram_status::wrong_nonce);
    CHECK(with("x" + nonce) == scram_status::wrong_nonce);
    CHECK(with("") == scram_status::malformed);
    CHECK(with(nonce + " x") == scram_status::malformed);
    CHECK(with(nonce + "\x7f") == scram_status::malformed);
    CHECK(with(nonce + "\0"s) == scram_status::malformed);
}

TEST_CASE("salts must be base64")
{
    auto const with = [](std::string const& salt) {
        return final_status("r=" + server_nonce + ",s=" + salt + ",i=1");
    };
    CHECK(with("QQ==") == scram_status::ok);
    for (auto const* salt : {"Q", "QQ", "QQ=", "Q===", "====", "QR==", "QQ==QQ==", "QQ*=", "Q Q="})
        CHECK(with(salt) == scram_status::bad_salt);
    CHECK(with("") == scram_status::malformed);
}

TEST_CASE("iteration counts are read strictly and have a limit")
{
    auto const with = [](std::string const& count, scram_limits limits = {}) {
        return final_status("r=" + server_nonce + ",s=QQ==,i=" + count, limits);
    };
    CHECK(with("1") == scram_status::ok);
    for (auto const* count : {"", "0", "-1", "+1", " 1", "1 ", "01", "0x10", "1e3", "1.0"})
        CHECK(with(count) == scram_status::malformed);
    for (auto const* count : {"5000001", "4294967296", "4294967297", "18446744073709551617",
             "99999999999999999999999999"})
        CHECK(with(count) == scram_status::iterations_out_of_range);
    CHECK(with("4095", {4096, 5000}) == scram_status::iterations_out_of_range);
    CHECK(with("4096", {4096, 5000}) == scram_status::ok);
    CHECK(with("5000", {4096, 5000}) == scram_status::ok);
    CHECK(with("5001", {4096, 5000}) == scram_status::iterations_out_of_range);
}

TEST_CASE("parts that are missing, misplaced or unknown")
{
    CHECK(final_status("") == scram_status::malformed);
    CHECK(final_status("s=QQ==,i=1") == scram_status::malformed);
    CHECK(final_status("r=" + server_nonce + ",i=1") == scram_status::malformed);
    CHECK(final_status("r=" + server_nonce + ",s=QQ==") == scram_status::malformed);
    CHECK(final_status("s=QQ==,r=" + server_nonce + ",i=1") == scram_status::malformed);
    CHECK(final_status("e=other-error") == scram_status::malformed);
    auto const good = "r=" + server_nonce + ",s=QQ==,i=1";
    CHECK(final_status(good + ",x=optional,Y=too") == scram_status::ok);
    CHECK(final_status(good + ",m=must") == scram_status::unknown_extension);
    CHECK(final_status(good + ",x=optional,m=must") == scram_status::unknown_extension);
    CHECK(final_status("m=must," + good) == scram_status::unknown_extension);
    for (auto const* more : {",", ",x", ",x=", ",1=a", ",=a", ",,", ",x=a,", ",x=a,,y=b"})
        CHECK(final_status(good + more) == scram_status::malformed);
}

TEST_CASE("messages cut off at each byte never pass for whole ones")
{
    for (std::size_t size = 0; size < server_first.size(); ++size) {
        auto const status = final_status(server_first.substr(0, size));
        // Cut within the last number it is whole, by itself; the proof then doesn't fit.
        bool const whole = size > server_first.find(",i=") + 3;
        CHECK((status == scram_status::ok) == whole);
    }
    for (std::size_t size = 0; size < server_final.size(); ++size)
        CHECK(verify_status(server_final.substr(0, size)) != scram_status::ok);
}

TEST_CASE("every byte of a message changed to every kind of other byte is survived")
{
    for (auto const& message : {server_first, server_final}) {
        for (std::size_t at = 0; at < message.size(); ++at) {
            for (char const other : {'\0', ',', '=', 'A', '9', '\x7f', '\xff'}) {
                auto changed = message;
                changed[at] = other;
                scram_options options = rfc_options();
                options.limits.most_iterations = 5000;
                scram_client client{"pencil", nonce, options};
                (void)client.client_first();
                std::string out;
                if (message == server_final) {
                    REQUIRE(client.client_final("r=" + server_nonce + ",s=QQ==,i=1", out) ==
                            scram_status::ok);
                    CHECK(client.verify(changed) != scram_status::ok);
                } else {
                    (void)client.client_final(changed, out);
                    CHECK(client.verify(changed) != scram_status::ok);
                }
            }
        }
    }
}

TEST_CASE("a server that does not know the password is found out")
{
    CHECK(verify_status(server_final) == scram_status::ok);
    CHECK(verify_status(server_final + ",x=optional") == scram_status::ok);
    CHECK(verify_status("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") ==
          scram_status::wrong_signature);
    CHECK(verify_status("v=QQ==") == scram_status::wrong_signature);
    CHECK(verify_status("v=") == scram_status::malformed);
    CHECK(verify_status("v=*") == scram_status::malformed);
    CHECK(verify_status("") == scram_status::malformed);
    CHECK(verify_status(server_final + ",m=must") == scram_status::unknown_extension);
}

TEST_CASE("what the server says against us is passed on")
{
    scram_client client{"pencil", nonce, rfc_options()};
    (void)client.client_first();
    std::string out;
    REQUIRE(client.client_final(server_first, out) == scram_status::ok);
    CHECK(client.verify("e=invalid-proof") == scram_status::refused);
    CHECK(client.problem() == "the server refused the SCRAM exchange: invalid-proof");
    CHECK(verify_status("e=") == scram_status::malformed);
}

TEST_CASE("problems name the numbers")
{
    scram_client client{"pencil", nonce};
    (void)client.client_first();
    std::string out;
    CHECK(client.client_final("r=" + server_nonce + ",s=QQ==,i=6000000", out) ==
          scram_status::iterations_out_of_range);
    CHECK(client.problem() ==
          "the server asks for 6000000 SCRAM iterations, allowed are 1 to 5000000");
}

TEST_CASE("calls out of turn are refused")
{
    scram_client client{"pencil", nonce};
    std::string out;
    CHECK(client.verify(server_final) == scram_status::out_of_turn);
    CHECK(client.client_first().empty()); // it failed for good
    CHECK(client.client_final(server_first, out) == scram_status::out_of_turn);

    scram_client twice{"pencil", nonce};
    CHECK_FALSE(twice.client_first().empty());
    CHECK(twice.client_first().empty());
    CHECK(twice.client_final(server_first, out) == scram_status::ok);
    CHECK(twice.client_final(server_first, out) == scram_status::out_of_turn);
    CHECK(twice.verify(server_final) == scram_status::out_of_turn);
}

TEST_CASE("an independent server takes our proofs")
{
    for (auto const& password : {"pencil"s, ""s, std::string(64, 'a'), std::string(65, 'b'),
             std::string(1000, 'c'), "p\xc3\xa4ssword"s, "\xff\xfe"s}) {
        for (int const iterations : {1, 2, 4096}) {
            independent_server const server{password, "salt and pepper!", iterations};
            scram_client client{password, *random_scram_nonce()};
            auto const final = log_in(client, server);
            CHECK(client.verify(final) == scram_status::ok);

            scram_client wrong{password + "!", *random_scram_nonce()};
            auto const refusal = log_in(wrong, server);
            CHECK(refusal == "e=invalid-proof");
            CHECK(wrong.verify(refusal) == scram_status::refused);
        }
    }
}

TEST_CASE("the password is prepared before it is hashed")
{
    independent_server const server{"IX", "salt", 1};
    scram_client client{"I\xc2\xadX", *random_scram_nonce()};
    CHECK(client.verify(log_in(client, server)) == scram_status::ok);
}

TEST_CASE("the binding goes into the header and into the proof")
{
    std::string const hash = "\x01\x02\xff"s;
    auto const* const bytes = reinterpret_cast<std::byte const*>(hash.data());
    auto const run = [&](scram_binding::kind how) {
        scram_options options;
        options.binding = {how, {bytes, bytes + hash.size()}};
        scram_client client{"pencil", "fyko", options};
        std::string out;
        auto const first = client.client_first();
        REQUIRE(client.client_final("r=fykox,s=QQ==,i=1", out) == scram_status::ok);
        return std::string{client.mechanism()} + " " + first + " " + out.substr(0, out.find(",r="));
    };
    CHECK(run(scram_binding::kind::none) == "SCRAM-SHA-256 n,,n=,r=fyko c=biws");
    CHECK(run(scram_binding::kind::not_offered) == "SCRAM-SHA-256 y,,n=,r=fyko c=eSws");
    CHECK(run(scram_binding::kind::tls_server_end_point) ==
          "SCRAM-SHA-256-PLUS p=tls-server-end-point,,n=,r=fyko c=" +
              independent_server::base64("p=tls-server-end-point,," + hash));
}

TEST_CASE("keys of an earlier login spare the hashing, where they fit")
{
    independent_server server{"pencil", "salt", 4096};
    scram_client first{"pencil", *random_scram_nonce()};
    REQUIRE(first.verify(log_in(first, server)) == scram_status::ok);
    scram_options options;
    options.known = first.keys();
    CHECK(options.known.iterations == 4096);

    // That they are used shows with another password.
    scram_client second{"other", *random_scram_nonce(), options};
    CHECK(second.verify(log_in(second, server)) == scram_status::ok);

    // That they are not used where salt or count differ, too.
    server.iterations = 4095;
    scram_client third{"pencil", *random_scram_nonce(), options};
    CHECK(third.verify(log_in(third, server)) == scram_status::ok);
    CHECK(third.keys().iterations == 4095);
    server = {"pencil", "other salt", 4096};
    scram_client fourth{"pencil", *random_scram_nonce(), options};
    CHECK(fourth.verify(log_in(fourth, server)) == scram_status::ok);
    scram_client fifth{"wrong", *random_scram_nonce(), options};
    CHECK(log_in(fifth, server) == "e=invalid-proof");
}

TEST_CASE("a user's name is escaped")
{
    scram_options options;
    options.user = "a,b=c";
    CHECK(scram_client{"", "x", options}.client_first() == "n,,n=a=2Cb=3Dc,r=x");
}

TEST_CASE("nonces are new each time")
{
    auto const one = random_scram_nonce();
    REQUIRE(one);
    CHECK(one->size() == 24);
    CHECK(one != random_scram_nonce());
}
