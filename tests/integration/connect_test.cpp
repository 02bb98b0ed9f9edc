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
    CHECK_THAT(
        refusal<pg::options_error>(pg::options{}.host("127.0.0.1")), ContainsSubstring("user"));
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
            "SELECT pg_terminate_backend($1)", static_cast<std::int32_t>(conn.server_process_id()));
        while (conn.is_open()) // its own reader does it
            co_await yield();
        CHECK_THAT(co_await error_of<pg::connection_lost>(conn.fetch("SELECT 1")),
            ContainsSubstring("administrator"));
    });
}

TEST_CASE("connection strings say what pg::options says")
{
    auto const uri = pg::options{
        "postgresql://us%40er:se%3Acret@db.example.com:6432/shop?application_name=a%20b"};
    CHECK(uri.host() == "db.example.com");
    CHECK(uri.port() == 6432);
    CHECK(uri.user() == "us@er");
    CHECK(uri.database() == "shop");
    auto const pairs = pg::options{"host = /tmp port=1 user='a b\\'c' dbname=x connect_timeout=3"};
    CHECK(pairs.host() == "/tmp");
    CHECK(pairs.user() == "a b'c");
    CHECK(pairs.connect_timeout() == 3s);
    CHECK(pg::options{"postgres://u@[::1]:7/"}.host() == "::1");
    CHECK(pg::options{"postgres://%2Ftmp%2Fx/y"}.host() == "/tmp/x");
    for (auto const* const wrong :
        {"nonsense=1", "host", "port=70000", "port=x", "user='open", "postgresql://a%zz@b",
            "postgresql://[::1", "sslmode=require", "client_encoding=LATIN1"})
        CHECK_THROWS_AS(pg::options{wrong}, pg::options_error);
    for (auto const* const wrong :
        {"postgresql://u:unspeakable@h:notaport/", "postgres:unspeakable@host/db",
            "postgress://u:unspeakable@h/db?x=1", "password=very unspeakable",
            "postgresql://u:x/unspeakable@h", "postgresql://u:unspeakable?x@h",
            "postgresql://u@h?unspeakable", "postgresql://u@h?Unspeakable=unspeakable"}) {
        try {
            pg::options const never{wrong};
            FAIL("nothing was thrown for " << wrong);
        } catch (pg::options_error const& error) {
            check_no_secret(error.what());
        }
    }
}
