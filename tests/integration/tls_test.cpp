#include "false_server.hpp"
#include "recording_proxy.hpp"
#include "run.hpp"
#include "tls_server.hpp"

#include <string>
#include <vector>

using Catch::Matchers::ContainsSubstring;

namespace {

pg::options to_server(pg::temporary_server const& server, pg::tls_options how)
{
    return pg::options{}
        .host("localhost")
        .hostaddr("127.0.0.1")
        .port(server.port())
        .user("postgres")
        .password("correct")
        .database("postgres")
        .connect_timeout(20s)
        .tls(std::move(how));
}

pg::tls_options verified(pg::ssl_mode mode = pg::ssl_mode::verify_full)
{
    pg::tls_options how{mode};
    how.root_certificate = shared_certificates().root_file;
    return how;
}

pg::tls_options of_mode(pg::ssl_mode mode)
{
    pg::tls_options how{mode};
    how.root_certificate = "/nowhere";
    return how;
}

template <class Error>
std::string refusal(pg::options to)
{
    std::string text;
    run([&]() -> awaitable<void> { text = co_await error_of<Error>(pg::connect(to)); });
    CHECK(text.find("correct") == std::string::npos);
    return text;
}

constexpr char const* is_encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

} // namespace

TEST_CASE("queries over TLS")
{
    auto& server = shared_tls_server();
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to_server(server, verified()));
        check(co_await conn.fetch_value<bool>(is_encrypted));
        check_equal(co_await conn.fetch_value<int>("SELECT 1 + $1", 2), 3);
        auto tx = co_await conn.begin();
        co_await error_of<pg::division_by_zero>(tx.execute("SELECT 1/0"));
        co_await tx.rollback();
        co_await conn.close();
    });
    // we ended TLS before the connection
    CHECK(server.log().find("SSL error") == std::string::npos);
}

TEST_CASE("a Unix socket is never encrypted, whatever sslmode says")
{
    auto& server = shared_tls_server();
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(
            pg::options{server.connection_string()}.tls(of_mode(pg::ssl_mode::verify_full)));
        check(!co_await conn.fetch_value<bool>(is_encrypted));
    });
    CHECK_THAT(
        refusal<pg::authentication_error>(
            pg::options{server.connection_string()}.channel_binding(pg::channel_binding::require)),
        ContainsSubstring("channel_binding=require"));
}

TEST_CASE("large values go both ways over TLS")
{
    auto const version = GENERATE("TLSv1.2", "TLSv1.3");
    auto how = verified();
    how.minimum_version = how.maximum_version = version;
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to_server(shared_tls_server(), how));
        std::string const large(20'000'000, 'p');
        check_equal(co_await conn.fetch_value<int>("SELECT length($1::text)", large), 20'000'000);
        auto const back = co_await conn.fetch_value<std::string>("SELECT $1::text || 'x'", large);
        check(back == large + 'x');
        // 100 MB of rows
        auto rows = co_await conn.stream<std::string>(
            "SELECT repeat(chr(65 + g % 26), 10000) FROM generate_series(0, 9999) g");
        std::size_t bytes = 0;
        int count = 0;
        bool right = true;
        while (auto batch = co_await rows.next()) {
            for (std::string const& each : *batch) {
                right = right && each[0] == 'A' + count % 26 && each[9999] == each[0];
                bytes += each.size();
                ++count;
            }
        }
        check(right);
        check_equal(bytes, 100'000'000U);
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("many calls at once over TLS, while both directions are full")
{
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to_server(shared_tls_server(), verified()));
        auto one = [&](int i) -> awaitable<int> {
            if (i % 50 == 0) {
                auto const text = co_await conn.fetch_value<std::string>(
                    "SELECT repeat($1, 100)", std::string(10'000, 'x'));
                co_return static_cast<int>(text.size()) - 1'000'000 + i;
            }
            co_return co_await conn.fetch_value<int>("SELECT $1::int4", i);
        };
        std::vector<awaitable<int>> calls;
        for (int i = 0; i < 1000; ++i)
            calls.push_back(one(i));
        auto const all = co_await pg::gather(std::move(calls));
        for (int i = 0; i < 1000; ++i)
            if (all[static_cast<std::size_t>(i)] != i)
                FAIL("call " << i);
    });
}

TEST_CASE("a stream that is read slowly, and one that is left, over TLS")
{
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to_server(shared_tls_server(), verified()));
        {
            auto rows = co_await conn.stream<int>("SELECT g FROM generate_series(1, 300000) g");
            int next = 1;
            while (auto batch = co_await rows.next()) {
                for (int const each : *batch)
                    if (each != next++)
                        FAIL("row " << next);
                co_await yield();
            }
            check_equal(next, 300'001);
        }
        {
            auto rows = co_await conn.stream<int>("SELECT g FROM generate_series(1, 300000) g");
            (void)co_await rows.next();
        }
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("requests to cancel are encrypted as the connection is")
{
    auto& server = shared_tls_server();
    recording_proxy proxy{server.port()};
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to_server(server, verified()).port(proxy.port()));
        asio::cancellation_signal stop;
        bool cancelled = false;
        asio::co_spawn(co_await asio::this_coro::executor, conn.execute("SELECT pg_sleep(30)"),
            asio::bind_cancellation_slot(
                stop.slot(), [&](std::exception_ptr error, auto&&...) { cancelled = !!error; }));
        auto other = co_await pg::connect(pg::options{server.connection_string()});
        while (!co_await other.fetch_value<bool>(
            "SELECT EXISTS(SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE "
            "'SELECT pg_sleep%')"))
            ;
        stop.emit(asio::cancellation_type::terminal);
        auto const begun = std::chrono::steady_clock::now();
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        check(cancelled);
        check(std::chrono::steady_clock::now() - begun < 20s);
        co_await conn.close();
    });
    auto const recorded = proxy.recorded();
    REQUIRE(recorded.size() >= 2);
    for (std::string const& each : recorded) {
        // a request for TLS, then records of TLS; no request to cancel in the clear
        CHECK(each.substr(0, 8) == std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8));
        CHECK(each.substr(8, 2) == "\x16\x03");
        CHECK(each.find("\x04\xd2\x16\x2e") == std::string::npos);
    }
}

TEST_CASE("logins are bound to the server's certificate, whatever it is signed with")
{
    auto& made = shared_certificates();
    struct kind
    {
        key_kind key;
        char const* digest;
    };
    for (auto const& [key, digest] : {kind{key_kind::ec, "SHA384"}, kind{key_kind::rsa, "SHA512"},
             kind{key_kind::rsa_pss, "SHA256"}}) {
        certificate const self{{.alternatives = "DNS:localhost", .digest = digest, .kind = key}};
        pg::temporary_server const server{
            tls_server(self).authentication(pg::server_auth::scram_sha_256).password("correct")};
        run([&]() -> awaitable<void> {
            auto conn = co_await pg::connect(to_server(server, of_mode(pg::ssl_mode::require))
                                                 .channel_binding(pg::channel_binding::require));
            check(co_await conn.fetch_value<bool>(is_encrypted));
        });
    }
    certificate const unbound{{.alternatives = "DNS:localhost", .kind = key_kind::ed25519}};
    pg::temporary_server const server{
        tls_server(unbound).authentication(pg::server_auth::scram_sha_256).password("correct")};
    CHECK_THAT(refusal<pg::authentication_error>(to_server(server, of_mode(pg::ssl_mode::require))),
        ContainsSubstring("Ed25519"));
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to_server(server, of_mode(pg::ssl_mode::require))
                                             .channel_binding(pg::channel_binding::disable));
        check(co_await conn.fetch_value<bool>(is_encrypted));
        pg::tls_options known{pg::ssl_mode::verify_full};
        known.root_certificate = made.files.write("ed25519.crt", unbound.pem());
        auto bound = co_await pg::connect(to_server(server, known));
        check(co_await bound.fetch_value<bool>(is_encrypted));
    });
}

TEST_CASE("methods that have no channel binding are refused where it is required")
{
    auto& made = shared_certificates();
    for (auto const method :
        {pg::server_auth::trust, pg::server_auth::password, pg::server_auth::md5}) {
        pg::temporary_server const server{
            tls_server(made.server).authentication(method).password("correct")};
        auto const to = to_server(server, verified());
        CHECK_THAT(refusal<pg::authentication_error>(
                       pg::options{to}.channel_binding(pg::channel_binding::require)),
            ContainsSubstring("channel_binding=require"));
        CHECK_THAT(refusal<pg::authentication_error>(
                       pg::options{to}.require_auth({pg::auth_method::scram_sha_256})),
            ContainsSubstring("require_auth"));
        run([&]() -> awaitable<void> { co_await pg::connect(to); });
    }
}

TEST_CASE("TLS at once, without asking")
{
    auto& server = shared_tls_server();
    auto how = verified();
    how.negotiation = pg::ssl_negotiation::direct;
    if (server.version_number() < 170000) {
        CHECK_THAT(refusal<pg::tls_error>(to_server(server, how)),
            ContainsSubstring("closed the connection during the handshake"));
        return;
    }
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to_server(server, how));
        check(co_await conn.fetch_value<bool>(is_encrypted));
    });
}

TEST_CASE("the newest version of the protocol, or what the server can do")
{
    auto& server = shared_tls_server();
    auto const to = to_server(server, verified());
    auto const v3 = pg::protocol_version_3_0;
    auto const newest = pg::protocol_version_3_2;
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(pg::options{to}.protocol_versions(v3, newest));
        // The key for cancelling is of another length.
        asio::cancellation_signal stop;
        bool cancelled = false;
        asio::co_spawn(co_await asio::this_coro::executor, conn.execute("SELECT pg_sleep(30)"),
            asio::bind_cancellation_slot(
                stop.slot(), [&](std::exception_ptr error, auto&&...) { cancelled = !!error; }));
        co_await yield();
        stop.emit(asio::cancellation_type::terminal);
        auto const begun = std::chrono::steady_clock::now();
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        check(cancelled);
        check(std::chrono::steady_clock::now() - begun < 8s);
    });
    auto const only = pg::options{to}.protocol_versions(newest, newest);
    if (server.version_number() < 180000)
        CHECK_THAT(refusal<pg::protocol_error>(only), ContainsSubstring("version 3.0"));
    else
        run([&]() -> awaitable<void> { co_await pg::connect(only); });
}

TEST_CASE("TLS that fails is told by its type, whatever other addresses nobody listens at")
{
    auto how = verified();
    how.root_certificate = shared_certificates().other_root_file;
    auto const to = to_server(shared_tls_server(), how);
    auto const port = std::to_string(shared_tls_server().port());
    CHECK_THAT(refusal<pg::tls_error>(to), ContainsSubstring("certificate verify failed"));
    auto const several =
        pg::options{to}.host("localhost,localhost").hostaddr("127.0.0.1,127.0.0.1");
    CHECK_THAT(refusal<pg::tls_error>(pg::options{several}.ports("1," + port)),
        ContainsSubstring("refused") && ContainsSubstring("certificate verify failed"));
    false_server closing{[](int) {}};
    refusal<pg::connect_error>(
        pg::options{several}.ports(std::to_string(closing.port()) + ',' + port));
}

TEST_CASE("what two attempts said is in the error")
{
    auto& made = shared_certificates();
    pg::temporary_server const server{
        tls_server(made.server).hba("local all all trust").hba("host all nobody all trust")};
    auto const text = refusal<pg::invalid_authorization_specification>(
        to_server(server, of_mode(pg::ssl_mode::prefer)));
    char const* const without = server.version_number() < 140000 ? "SSL off" : "no encryption";
    CHECK_THAT(text, ContainsSubstring(without) &&
                         ContainsSubstring("before that: with TLS: no pg_hba.conf entry"));
}

TEST_CASE("bytes behind the answer to the request for TLS are refused, and nothing is sent")
{
    for (std::string const& answer : {"S" + std::string(30, 'R'), std::string{"NR"}}) {
        std::string behind;
        {
            false_server server{[&](int peer) {
                false_server::receive(peer);
                false_server::send(peer, answer);
                char bytes[4096];
                for (ssize_t n = 0; (n = ::recv(peer, bytes, sizeof bytes, 0)) > 0;)
                    behind.append(bytes, static_cast<std::size_t>(n));
            }};
            auto const to = pg::options{}
                                .host("127.0.0.1")
                                .port(server.port())
                                .user("postgres")
                                .password("correct")
                                .tls(of_mode(pg::ssl_mode::prefer))
                                .connect_timeout(20s);
            CHECK_THAT(refusal<pg::error>(to), ContainsSubstring("interferes"));
        }
        CHECK(behind.empty());
    }
}

TEST_CASE("a server that does anything else with TLS than it should ends in a named error")
{
    using serve = std::function<void(int)>;
    struct trick
    {
        char const* says; // what the error has to say
        serve how;
    };
    auto const after_yes = [](std::string const& bytes) {
        return [bytes](int peer) {
            false_server::receive(peer);
            false_server::send(peer, "S");
            false_server::receive(peer);
            false_server::send(peer, bytes);
        };
    };
    trick const tricks[] = {
        {"with an error",
            [](int peer) {
                false_server::receive(peer);
                false_server::send(peer, "E\0\0\0\x08haha");
            }},
        {"neither yes nor no",
            [](int peer) {
                false_server::receive(peer);
                false_server::send(peer, "R");
            }},
        {"closed the connection when asked", [](int peer) { false_server::receive(peer); }},
        {"closed the connection during the handshake", after_yes("")},
        {"wrong version number", after_yes("HTTP/1.1 400 Bad Request\r\n\r\n")},
        {"TLS", after_yes(std::string(100'000, '\0'))},
        {"TLS", after_yes(std::string("\x16\x03\x03\xff\xff", 5) + std::string(70'000, 'x'))},
        {"alert", after_yes(std::string("\x15\x03\x03\0\x02\x02\x28", 7))},
    };
    for (auto const& [says, how] : tricks) {
        false_server server{how};
        auto const text = refusal<pg::error>(pg::options{}
                                                 .host("127.0.0.1")
                                                 .port(server.port())
                                                 .user("postgres")
                                                 .password("correct")
                                                 .tls(of_mode(pg::ssl_mode::require))
                                                 .connect_timeout(20s));
        CHECK_THAT(text, ContainsSubstring(says) && ContainsSubstring("127.0.0.1"));
    }
}

TEST_CASE("a server that stops talking, or never stops, is left after connect_timeout")
{
    std::function<void(int)> const silent[] = {[](int peer) { false_server::wait_for_end(peer); },
        [](int peer) {
            false_server::receive(peer);
            false_server::send(peer, "S");
            false_server::wait_for_end(peer);
        },
        // a handshake's header, and never the rest
        [](int peer) {
            false_server::receive(peer);
            false_server::send(peer, "S");
            false_server::receive(peer);
            false_server::send(peer, std::string("\x16\x03\x03\x10", 4));
            false_server::wait_for_end(peer);
        },
        // notices for ever, in the middle of the login
        [](int peer) {
            false_server::receive(peer);
            false_server::send(peer, "N");
            false_server::receive(peer);
            std::string many;
            for (int i = 0; i < 1000; ++i)
                many += std::string("N\0\0\0\x0cMhello\0", 12) + '\0';
            while (::send(peer, many.data(), many.size(), MSG_NOSIGNAL) > 0)
                ;
        }};
    for (auto const& how : silent) {
        false_server server{how};
        auto const begun = std::chrono::steady_clock::now();
        refusal<pg::timeout_error>(pg::options{}
                                       .host("127.0.0.1")
                                       .port(server.port())
                                       .user("postgres")
                                       .tls(of_mode(pg::ssl_mode::prefer))
                                       .connect_timeout(150ms));
        CHECK(std::chrono::steady_clock::now() - begun < 10s);
    }
}

TEST_CASE("an attempt that is cancelled while TLS is set up leaves nothing behind")
{
    false_server server{[](int peer) { false_server::wait_for_end(peer); }};
    run([&]() -> awaitable<void> {
        asio::cancellation_signal stop;
        std::exception_ptr thrown;
        bool ended = false;
        auto const executor = co_await asio::this_coro::executor;
        asio::co_spawn(executor,
            pg::connect(pg::options{}
                            .host("127.0.0.1")
                            .port(server.port())
                            .user("postgres")
                            .tls(of_mode(pg::ssl_mode::require))),
            asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr error, auto&&...) {
                thrown = error;
                ended = true;
            }));
        for (int i = 0; i < 20; ++i)
            co_await yield();
        stop.emit(asio::cancellation_type::terminal);
        while (!ended)
            co_await yield();
        try {
            std::rethrow_exception(thrown);
        } catch (std::system_error const& error) {
            check(error.code() == asio::error::operation_aborted);
        }
    });
}

TEST_CASE("an io_context is destroyed while TLS is set up, and while calls wait over TLS")
{
    {
        false_server server{[](int peer) {
            false_server::receive(peer);
            false_server::send(peer, "S");
            false_server::wait_for_end(peer);
        }};
        asio::io_context context{1};
        asio::co_spawn(context,
            pg::connect(pg::options{}
                            .host("127.0.0.1")
                            .port(server.port())
                            .user("postgres")
                            .tls(of_mode(pg::ssl_mode::require))),
            [](std::exception_ptr, auto&&...) {});
        context.run_for(50ms);
    }
    asio::io_context context{1};
    bool waits = false;
    auto body = [&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to_server(shared_tls_server(), verified()));
        waits = true;
        co_await conn.execute("SELECT pg_sleep(60)");
    };
    asio::co_spawn(context, body(), [](std::exception_ptr) {});
    while (!waits)
        context.run_one();
    context.poll();
}

TEST_CASE("pools and connections for several threads use TLS too")
{
    run([&]() -> awaitable<void> {
        auto const to = to_server(shared_tls_server(), verified());
        auto conn = co_await pg::connect<pg::thread_safe_connection>(to);
        check(co_await conn.fetch_value<bool>(is_encrypted));
        check_equal((co_await conn.fetch_value<std::string>("SELECT repeat('x', 300000)")).size(),
            300'000U);
        co_await conn.close();
        pg::pool pool{co_await asio::this_coro::executor, to, {.min_size = 2, .max_size = 2}};
        auto const [a, b] = co_await pg::gather(
            pool.fetch_value<bool>(is_encrypted), pool.fetch_value<bool>(is_encrypted));
        check(a && b);
        co_await pool.close();
    });
}
