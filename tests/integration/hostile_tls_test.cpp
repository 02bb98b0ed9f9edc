#include "../session/backend.hpp"
#include "false_tls_server.hpp"
#include "run.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Servers with a good certificate that do, behind the handshake, what they must not.

using Catch::Matchers::ContainsSubstring;
using namespace backend;

namespace {

pg::options to_server(false_tls_server const& server)
{
    pg::tls_options how{pg::ssl_mode::verify_full};
    how.root_certificate = shared_certificates().root_file;
    return pg::options{}
        .host("localhost")
        .hostaddr("127.0.0.1")
        .port(server.port())
        .user("app")
        .password("unspeakable")
        .connect_timeout(20s)
        .tls(how);
}

/// What comes of connecting: "" if we are let in.
std::string outcome(pg::options to)
{
    std::string problem;
    run([&]() -> awaitable<void> {
        try {
            auto conn = co_await pg::connect(to);
            co_await conn.close();
        } catch (pg::error const& failed) {
            problem = failed.what();
            check_that(problem, ContainsSubstring("\"localhost\", port"));
            check(problem.find("unspeakable") == std::string::npos);
        }
    });
    return problem;
}

std::string const welcome =
    authentication_ok() + setting("server_version", "15.4") + key(7, 8) + ready();

/// Says all of it at once, and waits for our goodbye.
false_tls_server::serve saying(std::string all)
{
    return [all = std::move(all)](tls_peer& peer) {
        peer.receive();
        peer.send(all);
        peer.wait_for_end();
    };
}

/// Says it and is gone, with a goodbye or without.
false_tls_server::serve gone_after(std::string all, bool politely)
{
    return [all = std::move(all), politely](tls_peer& peer) {
        peer.receive();
        peer.send(all);
        if (politely)
            peer.say_goodbye();
    };
}

/// One that begins SCRAM, and goes on with what `reply` makes of the client's nonce.
false_tls_server::serve scram(std::string offer, auto reply)
{
    return [offer = std::move(offer), reply](tls_peer& peer) {
        peer.receive();
        peer.send(offer);
        std::string const first = peer.receive();
        std::size_t const at = first.find(",r=");
        std::string const nonce = at == std::string::npos ? "" : first.substr(at + 3);
        for (std::string const& each : reply(nonce)) {
            peer.send(each);
            if (each != welcome && peer.receive().empty())
                return;
        }
        peer.wait_for_end();
    };
}

} // namespace

TEST_CASE("within TLS: a login cut off at each byte, in the middle of TLS or at its end")
{
    false_tls_server server;
    std::string const whole = asks(3) + welcome;
    server.next(saying(whole));
    CHECK(outcome(to_server(server)).empty());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        server.next(gone_after(whole.substr(0, size), size % 2 == 0));
        CAPTURE(size);
        CHECK_FALSE(outcome(to_server(server)).empty());
    }
}

TEST_CASE("within TLS: messages that have no place in a login, and wrong lengths")
{
    false_tls_server server;
    std::vector<std::string> const before = {
        "", asks(3), sasl({"SCRAM-SHA-256"}), authentication_ok(), notice("hello")};
    std::size_t type = 0; // tests/session has all 256 of them
    for (char const code : std::string{"ABCDEGHIKNRSTVWZcdnstv123\0\x7f\xff", 28}) {
        bool const may_come = std::string_view{"NERvSKZ"}.find(code) != std::string_view::npos;
        server.next(saying(
            before[++type % before.size()] + message(code, may_come ? "" : std::string(8, '\0'))));
        CAPTURE(code);
        CHECK_FALSE(outcome(to_server(server)).empty());
    }
    for (std::uint32_t const length : {0U, 3U, 70'000U, 0x7fff'ffffU, 0xffff'ffffU}) {
        for (char const code : {'R', 'S', 'N', 'E', 'Z'}) {
            server.next(saying(lying(code, length, std::string(20, '\0'))));
            CAPTURE(length, code);
            CHECK_FALSE(outcome(to_server(server)).empty());
        }
    }
}

TEST_CASE("within TLS: the password leaves in no weaker form than require_auth allows")
{
    false_tls_server server;
    auto const strict = to_server(server).require_auth({pg::auth_method::scram_sha_256});
    auto const bound = to_server(server).channel_binding(pg::channel_binding::require);
    std::string const both = sasl({"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"});
    struct trick
    {
        pg::options const& to;
        std::string says;
        char const* part; ///< of the error
    };
    for (auto const& [to, says, part] : {
             trick{strict, asks(3) + welcome, "require_auth rules out (password)"},
             trick{strict, asks(5, "salt") + welcome, "require_auth rules out (md5)"},
             trick{strict, asks(7), "require_auth rules out (gss)"},
             trick{strict, welcome, "without asking for what require_auth demands"},
             trick{strict, both + asks(3), "broke the protocol"},
             trick{strict, both + asks(5, "salt"), "broke the protocol"},
             trick{strict, both + welcome, "without proving that it knows the password"},
             trick{bound, sasl({"SCRAM-SHA-256"}), "channel_binding=require"},
             trick{bound, asks(3), "channel_binding=require"},
             trick{bound, welcome, "channel_binding=require"},
         }) {
        server.next(saying(says));
        CHECK_THAT(outcome(to), ContainsSubstring(part));
        CHECK(server.heard().find("unspeakable") == std::string::npos);
        CHECK(server.heard().find("md5") == std::string::npos);
    }
}

TEST_CASE("within TLS: SCRAM with a server that does not know the password")
{
    false_tls_server server;
    using messages = std::vector<std::string>;
    auto const first = [](std::string const& nonce, std::string const& rounds) {
        return asks(11, "r=" + nonce + ",s=c2FsdA==,i=" + rounds);
    };
    std::string const offer = sasl({"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"});
    std::string const signature(44, 'A');
    struct trick
    {
        std::function<messages(std::string const&)> reply;
        char const* part; ///< of the error
    };
    for (auto const& [reply, part] : {
             trick{[&](auto&) { return messages{first("somebodyelses", "4096")}; }, "nonce"},
             trick{[&](auto& nonce) { return messages{first(nonce, "4096")}; }, "nonce"},
             trick{[&](auto& nonce) { return messages{first(nonce + "x", "1000000000")}; },
                 "1000000000"},
             trick{[&](auto& nonce) { return messages{first(nonce + "x", "0")}; }, "SCRAM"},
             trick{[&](auto& nonce) {
                       return messages{first(nonce + "x", "1"), asks(12, "v=" + signature)};
                   },
                 "password"},
             trick{[&](auto& nonce) {
                       return messages{first(nonce + "x", "1"), asks(12, "v=x")};
                   },
                 "SCRAM"},
             trick{[&](auto& nonce) {
                       return messages{first(nonce + "x", "1"), welcome};
                   },
                 "without proving"},
             trick{[&](auto& nonce) {
                       return messages{first(nonce + "x", "1"), asks(3)};
                   },
                 "broke the protocol"},
         }) {
        server.next(scram(offer, reply));
        CHECK_THAT(outcome(to_server(server)), ContainsSubstring(part));
        CHECK(server.heard().find("unspeakable") == std::string::npos);
    }
}

TEST_CASE("within TLS: a server that stops talking, or never stops, is left after connect_timeout")
{
    false_tls_server server;
    std::string many;
    while (many.size() < 16'000)
        many += notice("hello");
    false_tls_server::serve const silent[] = {[](tls_peer& peer) { peer.wait_for_end(); },
        saying("R"), saying(sasl({"SCRAM-SHA-256-PLUS"})), saying(authentication_ok()),
        saying(lying('N', 60'000, "x")),
        [&](tls_peer& peer) {
            peer.receive();
            peer.send_for_ever(many);
        }};
    for (auto const& how : silent) {
        server.next(how);
        auto const begun = std::chrono::steady_clock::now();
        CHECK_THAT(
            outcome(to_server(server).connect_timeout(150ms)), ContainsSubstring("timed out"));
        CHECK(std::chrono::steady_clock::now() - begun < 10s);
    }
}

TEST_CASE("within TLS: what is not TLS any more, and what TLS must not do")
{
    false_tls_server server;
    struct trick
    {
        false_tls_server::serve how;
        char const* part; ///< of the error
    };
    auto const raw = [](std::string bytes) {
        return [bytes](tls_peer& peer) {
            peer.receive();
            peer.send(asks(3));
            peer.receive();
            peer.send_raw(bytes);
            peer.wait_for_end();
        };
    };
    for (auto const& [how, part] : {
             trick{raw(welcome), "TLS failed"}, // in the clear
             trick{raw("HTTP/1.1 400 Bad Request\r\n\r\n"), "TLS failed"},
             trick{raw(std::string("\x17\x03\x03\0\x30", 5) + std::string(48, 'x')), "TLS failed"},
             trick{raw(std::string("\x17\x03\x03\xff\xff", 5) + std::string(70'000, 'x')),
                 "TLS failed"},
         }) {
        server.next(how);
        CHECK_THAT(outcome(to_server(server)), ContainsSubstring(part));
    }
    // TLS 1.2's renegotiation, which we refuse.
    auto old = to_server(server);
    auto tls = old.tls();
    tls.maximum_version = "TLSv1.2";
    old.tls(tls);
    server.next([](tls_peer& peer) {
        peer.receive();
        peer.send(asks(3));
        peer.receive();
        ::SSL_renegotiate(peer.handle());
        ::SSL_do_handshake(peer.handle());
        peer.wait_for_end();
    });
    CHECK_FALSE(outcome(old).empty());
    // New keys between any two messages are no attack.
    server.next([](tls_peer& peer) {
        peer.receive();
        for (std::string const& each : {asks(3), welcome}) {
            ::SSL_key_update(peer.handle(), SSL_KEY_UPDATE_REQUESTED);
            peer.send(each);
        }
        peer.wait_for_end();
    });
    CHECK(outcome(to_server(server)).empty());
}
