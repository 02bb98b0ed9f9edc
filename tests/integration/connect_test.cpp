#include "false_server.hpp"
#include "run.hpp"

#include <string>

using Catch::Matchers::ContainsSubstring;

namespace {

/// What connecting there says; the connection must not be made.
template <class Error>
std::string refusal(pg::options to)
{
    std::string text;
    run([&]() -> awaitable<void> { text = co_await error_of<Error>(pg::connect(to)); });
    return text;
}

pg::options false_options(false_server const& server)
{
    return pg::options{}
        .host("127.0.0.1")
        .port(server.port())
        .user("somebody")
        .password("unspeakable")
        .connect_timeout(20s);
}

void check_no_secret(std::string const& text)
{
    CHECK(text.find("unspeakable") == std::string::npos);
}

} // namespace

TEST_CASE("every method of authentication logs in, and a wrong password is told by name")
{
    auto const method = GENERATE(pg::server_auth::trust, pg::server_auth::password,
        pg::server_auth::md5, pg::server_auth::scram_sha_256);
    pg::temporary_server server{
        pg::temporary_server_options{}.authentication(method).password("correct").tcp()};
    for (std::string const& host : {server.socket_directory(), server.tcp_host()}) {
        auto const to =
            pg::options{}.host(host).port(server.port()).user(server.user()).database("postgres");
        run([&]() -> awaitable<void> {
            auto conn = co_await pg::connect(pg::options{to}.password("correct"));
            check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
            co_await conn.close();
        });
        if (method == pg::server_auth::trust)
            continue;
        auto const text = refusal<pg::invalid_password>(pg::options{to}.password("unspeakable"));
        CHECK_THAT(text, ContainsSubstring("password authentication failed"));
        CHECK_THAT(text, ContainsSubstring(host));
        check_no_secret(text);
        CHECK_THAT(refusal<pg::authentication_error>(to), ContainsSubstring("none was given"));
    }
}

TEST_CASE("a password that SASLprep changes logs in")
{
    // A non-breaking space becomes a space, a soft hyphen goes.
    pg::temporary_server server{pg::temporary_server_options{}
                                    .authentication(pg::server_auth::scram_sha_256)
                                    .password("a\xc2\xa0"
                                              "b\xc2\xad"
                                              "c")};
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(pg::options{server.connection_string()}.password("a bc"));
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("what is wrong with the server or the settings is told by name")
{
    auto const good = shared_options();
    CHECK_THAT(refusal<pg::invalid_catalog_name>(pg::options{good}.database("no_such_db")),
        ContainsSubstring("no_such_db"));
    CHECK_THAT(refusal<pg::server_error>(pg::options{good}.user("no_such_user")),
        ContainsSubstring("no_such_user"));
    CHECK_THAT(refusal<pg::connect_error>(
                   pg::options{}.host("127.0.0.1").port(1).user("x").password("unspeakable")),
        ContainsSubstring("refused"));
    auto const lost = refusal<pg::connect_error>(
        pg::options{}.host("no-such-host.invalid").user("x").connect_timeout(20s));
    CHECK_THAT(lost, ContainsSubstring("no-such-host.invalid"));
    CHECK_THAT(refusal<pg::connect_error>(pg::options{}.host("/no/such/directory").user("x")),
        ContainsSubstring("/no/such/directory/.s.PGSQL.5432"));
    CHECK_THAT(
        refusal<pg::connect_error>(pg::options{}.host("/" + std::string(200, 'x')).user("x")),
        ContainsSubstring("too long"));
}

TEST_CASE("settings of the session are sent with the login")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(
            shared_options().application_name("mine").server_setting("timezone", "Asia/Tokyo"));
        check_equal(co_await conn.fetch_value<std::string>("SHOW application_name"), "mine");
        check_equal(co_await conn.fetch_value<std::string>("SHOW timezone"), "Asia/Tokyo");
    });
}

TEST_CASE("an HTTP server is not taken for PostgreSQL")
{
    false_server server{[](int peer) {
        false_server::receive(peer);
        false_server::send(peer, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        false_server::wait_for_end(peer);
    }};
    auto const text = refusal<pg::protocol_error>(false_options(server));
    CHECK_THAT(text, ContainsSubstring("is it a PostgreSQL server?"));
    CHECK_THAT(text, ContainsSubstring("127.0.0.1"));
    check_no_secret(text);
}

TEST_CASE("a port that closes at once is told so")
{
    false_server server{[](int) {}};
    auto const text = refusal<pg::connection_lost>(false_options(server));
    CHECK_THAT(text, ContainsSubstring("127.0.0.1"));
    check_no_secret(text);
}

TEST_CASE("a server that never answers is given up after connect_timeout")
{
    false_server server{[](int peer) { false_server::wait_for_end(peer); }};
    auto const text = refusal<pg::timeout_error>(false_options(server).connect_timeout(100ms));
    CHECK_THAT(text, ContainsSubstring("timed out"));
    CHECK_THAT(text, ContainsSubstring(std::to_string(server.port())));
}

TEST_CASE("garbage of any length during the login ends in a named error")
{
    std::string const garbage[] = {"\0", "R", std::string("R\0\0\0\x08\0\0\0\x0c", 9),
        std::string("R\xff\xff\xff\xff", 5), std::string("R\0\0\0\x03", 5),
        std::string("E\0\0\0\x04", 5), std::string("Z\0\0\0\x05I", 6),
        std::string("R\0\0\0\x0a\0\0\0\x0aX\0", 11), std::string("R\0\0\0\x08\0\0\0\x07", 9),
        std::string(100'000, 'E')};
    for (std::string const& bytes : garbage) {
        false_server server{[&](int peer) {
            false_server::receive(peer);
            false_server::send(peer, bytes);
        }};
        auto const text = refusal<pg::error>(false_options(server));
        CHECK_FALSE(text.empty());
        check_no_secret(text);
    }
}

TEST_CASE("a server that goes away in the middle of a result is told to all that wait")
{
    pg::temporary_server server;
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(server.connection_string());
        auto busy = [&]() -> awaitable<void> {
            // To whom exactly the server's last words go depends on when it dies.
            co_await error_of<pg::error>(
                conn.fetch<int>("SELECT g FROM generate_series(1, 100000000) g"));
        };
        auto behind = [&]() -> awaitable<void> {
            co_await error_of<pg::connection_lost>(conn.fetch_value<int>("SELECT 1"));
        };
        auto stop = [&]() -> awaitable<void> {
            co_await yield();
            server.stop(pg::server_shutdown::immediate);
        };
        co_await pg::gather(busy(), behind(), stop());
        CHECK_FALSE(conn.is_open());
        co_await error_of<pg::connection_lost>(conn.fetch("SELECT 1"));
        server.start();
        conn = co_await pg::connect(server.connection_string());
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
    });
}

TEST_CASE("an idle connection notices that it was terminated")
{
    run([]() -> awaitable<void> {
        auto conn = co_await pg::connect(shared_options());
        auto other = co_await pg::connect(shared_options());
        co_await other.execute(
            "SELECT pg_terminate_backend($1)", static_cast<std::int32_t>(conn.server_pid()));
        while (conn.is_open()) // its own reader does it
            co_await yield();
        CHECK_THAT(co_await error_of<pg::connection_lost>(conn.fetch("SELECT 1")),
            ContainsSubstring("administrator"));
    });
}
