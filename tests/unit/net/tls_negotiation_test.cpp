#include "catch.hpp"
#include "tls_peer_server.hpp"

#include <string>

// TLS without a socket: the negotiation and the filter against OpenSSL's own server side.

namespace {

using namespace pgcoro;
using Catch::Matchers::ContainsSubstring;
using state = tls_negotiation::state;

certificate const& root()
{
    static certificate const made{{.name = "unit root", .authority = true}};
    return made;
}
certificate const& of_localhost()
{
    static certificate const made{{.alternatives = "DNS:localhost,IP:127.0.0.1,IP:::1"}, &root()};
    return made;
}
file_directory const& files()
{
    static file_directory const made;
    return made;
}

tls_options verifying(ssl_mode mode = ssl_mode::verify_full)
{
    static std::string const file = files().write("root.crt", root().pem());
    tls_options how{mode};
    how.root_certificate = file;
    how.certificate = "/nowhere";
    return how;
}

tls_negotiation begin(tls_options how = verifying(), std::string host = "localhost")
{
    return tls_negotiation{
        std::make_shared<tls_client>(std::move(how), std::move(host)), "\"db\", port 5432"};
}

/// Both sides until nothing more is to be sent. Throws what the client's side throws.
void run(tls_negotiation& client, memory_server& server)
{
    if (client.now() == state::asking) {
        (void)take(client);
        feed(client, "S");
    }
    while (!client.done()) { // the end of its handshake is still to be sent then
        std::string const from_client = take(client);
        server.receive(std::as_bytes(std::span{from_client}));
        std::string const from_server = server.shake_hands();
        if (from_client.empty() && from_server.empty())
            return;
        feed(client, from_server);
    }
}

/// What the client's side says; it must not get through.
std::string refusal(tls_options how, std::string host, memory_server& server)
{
    try {
        auto client = begin(std::move(how), std::move(host));
        run(client, server);
    } catch (tls_error const& failed) {
        return failed.what();
    }
    FAIL("it was taken");
    return {};
}

struct connected
{
    explicit connected(memory_server::wishes how = {}) : server{of_localhost(), how}
    {
        auto negotiation = begin();
        run(negotiation, server);
        REQUIRE(negotiation.now() == state::encrypted);
        client = negotiation.take();
        std::string const last = take(*client);
        server.receive(std::as_bytes(std::span{last}));
        feed(*client, server.shake_hands()); // tickets
        std::byte none{};
        std::size_t count = 0;
        REQUIRE(client->read({&none, 1}, count) == tls_filter::status::wants_input);
        REQUIRE(server.done());
    }
    memory_server server;
    std::unique_ptr<tls_filter> client;
};

/// All that comes out of a filter; its last status.
tls_filter::status read_all(tls_filter& from, std::string& text, std::size_t room = 1000)
{
    std::string some(room, '\0');
    for (;;) {
        std::size_t count = 0;
        auto const status = from.read(std::as_writable_bytes(std::span{some}), count);
        text.append(some, 0, count);
        if (status != tls_filter::status::ok)
            return status;
    }
}

} // namespace

TEST_CASE("the answer to the request for TLS is one byte, and there are two of them")
{
    for (int answer = 0; answer < 256; ++answer) {
        auto client = begin(tls_options{ssl_mode::prefer});
        CHECK(take(client) == std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8));
        REQUIRE(client.prepare().size() == 1);
        std::string const byte(1, static_cast<char>(answer));
        if (answer == 'S') {
            feed(client, byte);
            CHECK(client.now() == state::shaking);
            CHECK(client.began());
            CHECK_FALSE(take(client).empty());
        } else if (answer == 'N') {
            feed(client, byte);
            CHECK(client.now() == state::not_offered);
            CHECK(client.take() == nullptr);
        } else if (answer == 'E') {
            CHECK_THROWS_AS(feed(client, byte), connect_error);
        } else {
            CHECK_THROWS_AS(feed(client, byte), protocol_error);
        }
    }
}

TEST_CASE("bytes behind the answer are an attack")
{
    for (char const answer : {'S', 'N'}) {
        auto client = begin(tls_options{ssl_mode::prefer});
        (void)take(client);
        client.prepare()[0] = static_cast<std::byte>(answer);
        CHECK_THROWS_WITH(client.received(1, true), ContainsSubstring("interferes"));
        CHECK_FALSE(client.began()); // not to be tried again without TLS
    }
}

TEST_CASE("a server without TLS is refused where TLS is required")
{
    for (auto const mode : {ssl_mode::require, ssl_mode::verify_ca, ssl_mode::verify_full}) {
        auto client = begin(verifying(mode));
        (void)take(client);
        CHECK_THROWS_AS(feed(client, "N"), tls_error);
        CHECK_FALSE(client.began());
    }
}

TEST_CASE("the server's certificate and name are checked as sslmode says")
{
    for (std::string const host : {"localhost", "127.0.0.1", "::1"}) {
        memory_server server{of_localhost()};
        auto client = begin(verifying(), host);
        run(client, server);
        CHECK(client.now() == state::encrypted);
    }
    {
        memory_server server{of_localhost()};
        CHECK_THAT(refusal(verifying(), "elsewhere", server),
            ContainsSubstring("not made out for \"elsewhere\", but for \"localhost\""));
    }
    {
        memory_server server{of_localhost()};
        CHECK_THAT(refusal(verifying(), "", server), ContainsSubstring("host's name"));
    }
    certificate const own{{.alternatives = "DNS:localhost"}};
    {
        memory_server server{own};
        CHECK_THAT(refusal(verifying(ssl_mode::require), "localhost", server),
            ContainsSubstring("certificate verify failed: self") &&
                ContainsSubstring("sslrootcert"));
    }
    {
        memory_server server{own};
        tls_options how{ssl_mode::require};
        how.root_certificate = "/nowhere";
        auto client = begin(how);
        run(client, server);
        CHECK(client.now() == state::encrypted);
        how.mode = ssl_mode::verify_ca;
        CHECK_THAT(refusal(how, "localhost", server), ContainsSubstring("does not exist"));
    }
}

TEST_CASE("TLS at once: the server must confirm whose protocol it speaks")
{
    auto how = verifying();
    how.negotiation = ssl_negotiation::direct;
    {
        memory_server server{of_localhost()};
        auto client = begin(how);
        CHECK(client.now() == state::shaking);
        CHECK(client.unsent().front() == std::byte{22}); // a handshake, no request before it
        run(client, server);
        CHECK(client.now() == state::encrypted);
    }
    {
        memory_server server{of_localhost(), {.protocol = ""}};
        CHECK_THAT(refusal(how, "localhost", server), ContainsSubstring("ALPN"));
    }
    for (auto const negotiation : {ssl_negotiation::direct, ssl_negotiation::postgres}) {
        how.negotiation = negotiation;
        memory_server server{of_localhost(), {.protocol = "http/1.1"}};
        CHECK_FALSE(refusal(how, "localhost", server).empty());
    }
    for (auto const mode : {ssl_mode::disable, ssl_mode::allow, ssl_mode::prefer}) {
        how.mode = mode;
        how.negotiation = ssl_negotiation::direct;
        CHECK_THROWS_AS(begin(how), options_error);
    }
}

TEST_CASE("sslcertmode=require demands that the server asks")
{
    auto how = verifying();
    how.certificate_mode = client_certificate::require;
    {
        memory_server server{of_localhost()};
        CHECK_THAT(refusal(how, "localhost", server), ContainsSubstring("did not ask"));
    }
    {
        memory_server server{of_localhost(), {.asks_for_certificate = true}};
        CHECK_THAT(refusal(how, "localhost", server), ContainsSubstring("no certificate of ours"));
    }
    certificate const mine{{.name = "me"}, &root()};
    how.certificate = files().write("me.crt", mine.pem());
    how.key = files().write("me.key", mine.key_pem());
    memory_server server{of_localhost(), {.asks_for_certificate = true}};
    auto client = begin(how);
    run(client, server);
    CHECK(client.now() == state::encrypted);
}

TEST_CASE("a handshake cut off at each byte, or with a byte changed, never passes for a whole one")
{
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        std::size_t size = 1;
        for (std::size_t at = 0; at < size; ++at) {
            memory_server server{of_localhost(), {.version = version}};
            auto client = begin();
            (void)take(client);
            feed(client, "S");
            std::string const hello = take(client);
            server.receive(std::as_bytes(std::span{hello}));
            std::string flight = server.shake_hands();
            size = flight.size();
            if (at >= size)
                break;
            feed(client, flight.substr(0, at));
            CHECK_FALSE(client.done());
            CHECK_THROWS_AS(client.received_end("the server closed the connection"), tls_error);
            if (at % 7 != 0)
                continue;
            flight[at] = static_cast<char>(flight[at] ^ 0x41);
            auto fresh = begin();
            (void)take(fresh);
            feed(fresh, "S");
            memory_server other{of_localhost(), {.version = version}};
            std::string const again = take(fresh);
            other.receive(std::as_bytes(std::span{again}));
            std::string answer = other.shake_hands();
            answer[at % answer.size()] = static_cast<char>(answer[at % answer.size()] ^ 0x41);
            try {
                feed(fresh, answer);
            } catch (tls_error const&) {
            }
            CHECK_FALSE(fresh.done());
        }
        CHECK(size > 500);
    }
}

TEST_CASE("bytes go both ways, whatever their number and however they are cut")
{
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        connected both{{.version = version}};
        for (std::size_t const size : {1U, 100U, 16384U, 16385U, 100'000U}) {
            std::string const text(size, static_cast<char>('a' + size % 26));
            REQUIRE(both.client->write(std::as_bytes(std::span{text})) == tls_filter::status::ok);
            std::string const ciphertext = take(*both.client);
            if (size >= 100) // a single byte may well be among the encrypted ones
                CHECK(ciphertext.find(text) == std::string::npos);
            both.server.receive(std::as_bytes(std::span{ciphertext}));
            CHECK((both.server.decrypt() == text));

            std::string const answer = both.server.encrypt(text);
            std::string plain;
            for (std::size_t at = 0; at < answer.size(); at += 777) {
                feed(*both.client, answer.substr(at, 777));
                CHECK(both.client->holds_input());
                CHECK(read_all(*both.client, plain, 500) == tls_filter::status::wants_input);
                CHECK_FALSE(both.client->holds_input());
            }
            CHECK((plain == text));
        }
    }
}

TEST_CASE("what nobody wants yet stays in the filter, which knows that it does")
{
    connected both;
    feed(*both.client, both.server.encrypt(std::string(50'000, 'x')));
    std::string plain(10, '\0');
    std::size_t count = 0;
    CHECK(both.client->read(std::as_writable_bytes(std::span{plain}), count) ==
          tls_filter::status::ok);
    CHECK(count == 10);
    CHECK(both.client->holds_input());
    CHECK(read_all(*both.client, plain) == tls_filter::status::wants_input);
    CHECK((plain == std::string(50'000, 'x')));
}

TEST_CASE("the end of the stream is told from its being cut off")
{
    connected both;
    std::string text;
    feed(*both.client, both.server.encrypt("last words"));
    feed(*both.client, both.server.say_goodbye());
    CHECK(read_all(*both.client, text) == tls_filter::status::ended);
    CHECK(text == "last words");
    both.client->say_goodbye();
    std::string const goodbye = take(*both.client);
    both.server.receive(std::as_bytes(std::span{goodbye}));
    (void)both.server.decrypt();
    CHECK((SSL_get_shutdown(both.server.handle()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("keys are renewed while reading, and that is answered with the next write")
{
    connected both{{.version = TLS1_3_VERSION}};
    for (int i = 0; i < 3; ++i) {
        std::string text;
        REQUIRE(SSL_key_update(both.server.handle(), SSL_KEY_UPDATE_REQUESTED) == 1);
        feed(*both.client, both.server.encrypt("after the update"));
        CHECK(read_all(*both.client, text) == tls_filter::status::wants_input);
        CHECK(text == "after the update");
        REQUIRE(both.client->write(std::as_bytes(std::span{text})) == tls_filter::status::ok);
        std::string const answer = take(*both.client);
        CHECK(answer.size() > 2 * text.size() + 20); // more than the text alone
        both.server.receive(std::as_bytes(std::span{answer}));
        CHECK(both.server.decrypt() == text);
    }
}

TEST_CASE("renegotiation is refused")
{
    connected both{{.version = TLS1_2_VERSION}};
    SSL_renegotiate(both.server.handle());
    feed(*both.client, both.server.shake_hands());
    std::string text;
    (void)read_all(*both.client, text);
    CHECK(text.empty());
    std::string const answer = take(*both.client);
    REQUIRE_FALSE(answer.empty());
    CHECK(answer[0] == 21); // an alert: no handshake is begun
    CHECK(answer.size() < 60);
}

TEST_CASE("ciphertext that was changed ends in an error, and nothing of it comes out")
{
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        std::size_t size = 1;
        for (std::size_t at = 0; at < size; ++at) {
            connected both{{.version = version}};
            std::string record = both.server.encrypt("secret words");
            size = record.size();
            record[at] = static_cast<char>(record[at] ^ 0x01);
            feed(*both.client, record + both.server.encrypt("more"));
            std::string text;
            auto const status = read_all(*both.client, text);
            CHECK(text.empty());
            if (status == tls_filter::status::failed) {
                CHECK_FALSE(both.client->problem().empty());
                CHECK(read_all(*both.client, text) == tls_filter::status::failed);
                CHECK(both.client->write(std::as_bytes(std::span{record})) ==
                      tls_filter::status::failed);
            } else { // a length that is now too large waits for more
                CHECK(status == tls_filter::status::wants_input);
                CHECK((at == 3 || at == 4));
            }
        }
    }
}

TEST_CASE("garbage in place of ciphertext")
{
    std::uint32_t seed = 1;
    for (int i = 0; i < 300; ++i) {
        connected both;
        std::string garbage;
        for (int n = 0; n < i * 3 + 1; ++n) {
            seed = seed * 1664525 + 1013904223;
            garbage += static_cast<char>(seed >> 24U);
        }
        feed(*both.client, garbage);
        std::string text;
        (void)read_all(*both.client, text);
        CHECK(text.empty());
    }
}

TEST_CASE("what a login is bound to, for each kind of certificate")
{
    struct expected
    {
        key_kind kind;
        char const* digest;
        std::size_t size;
    };
    for (auto const& [kind, digest, size] : {expected{key_kind::ec, "SHA256", 32},
             {key_kind::ec, "SHA384", 48}, {key_kind::rsa, "SHA512", 64},
             {key_kind::rsa, "SHA224", 28}, {key_kind::rsa, "SHA1", 32}, {key_kind::rsa, "MD5", 32},
             {key_kind::rsa_pss, "SHA256", 32}, {key_kind::rsa_pss, "SHA384", 48},
             {key_kind::ed25519, "", 0}}) {
        certificate const made{{.digest = digest, .kind = kind}};
        CHECK(hash_for_binding(made.get()).size() == size);
    }
}

TEST_CASE("options that can't go together, and files that can't be used")
{
    auto const problem = [](tls_options how) -> std::string {
        try {
            tls_client client{std::move(how), "localhost"};
            (void)client.make_connection();
        } catch (error const& failed) {
            return failed.what();
        }
        return {};
    };
    auto how = verifying();
    CHECK(problem(how).empty());
    how.minimum_version = "SSLv3";
    CHECK_THAT(problem(how), ContainsSubstring("SSLv3"));
    how.minimum_version = "TLSv1.3";
    how.maximum_version = "TLSv1.2";
    CHECK_THAT(problem(how), ContainsSubstring("below"));
    how = verifying(ssl_mode::require);
    how.root_certificate = "system";
    CHECK_THAT(problem(how), ContainsSubstring("verify-full"));
    how.mode = ssl_mode::verify_full;
    CHECK(problem(how).empty());
    how = verifying();
    how.root_certificate = files().write("no.crt", "this is no certificate");
    CHECK_THAT(problem(how), ContainsSubstring("no.crt"));
    how = verifying();
    how.revocation_list = "/no/such/list";
    CHECK_THAT(problem(how), ContainsSubstring("/no/such/list"));

    certificate const mine{{.name = "me"}, &root()};
    certificate const other{{.name = "me"}, &root()};
    how = verifying();
    how.certificate = files().write("mine.crt", mine.pem());
    how.key = "/no/such/key";
    CHECK_THAT(problem(how), ContainsSubstring("/no/such/key"));
    how.key = files().write("other.key", other.key_pem());
    CHECK_THAT(problem(how), ContainsSubstring("other.key"));
    how.key = files().write("mine.key", mine.key_pem());
    CHECK(problem(how).empty());
    for (auto const mode : {0640, 0604, 0644}) {
        std::filesystem::permissions(how.key, std::filesystem::perms{static_cast<unsigned>(mode)});
        // What belongs to root may be shared with a group.
        bool const fine = mode == 0640 && ::geteuid() == 0;
        CHECK(problem(how).empty() == fine);
    }
    how.key = files().write("locked.key", mine.key_pem("open sesame"));
    CHECK_THAT(problem(how), ContainsSubstring("sslpassword"));
    how.key_password = "wrong";
    CHECK_FALSE(problem(how).empty());
    CHECK(problem(how).find("wrong\"") == std::string::npos);
    how.key_password = "open sesame";
    CHECK(problem(how).empty());
}
