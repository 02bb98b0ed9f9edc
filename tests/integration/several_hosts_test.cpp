#include "../unit/client/environment.hpp"
#include "false_server.hpp"
#include "filtering_proxy.hpp"
#include "run.hpp"

#include <algorithm>
#include <future>
#include <set>
#include <string>

using Catch::Matchers::ContainsSubstring;

namespace {

std::string ports(std::initializer_list<std::uint16_t> all)
{
    std::string text;
    for (std::uint16_t const each : all)
        text += (text.empty() ? "" : ",") + std::to_string(each);
    return text;
}

/// Servers on this machine, by their ports; some are none, and can't answer whether they have TLS.
pg::options local(std::initializer_list<std::uint16_t> all)
{
    std::string hosts = "127.0.0.1";
    for (std::size_t i = 1; i < all.size(); ++i)
        hosts += ",127.0.0.1";
    return pg::options{}
        .host(hosts)
        .ports(ports(all))
        .user("postgres")
        .connect_timeout(20s)
        .tls(pg::tls_options{pg::ssl_mode::disable});
}

/// The port of the server to which the options lead.
int port_reached(pg::options const& to)
{
    int port = 0;
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(to);
        port = std::stoi(co_await conn.fetch_value<std::string>("SELECT current_setting('port')"));
        co_await conn.close();
    });
    return port;
}

template <class Error>
std::string refusal(pg::options to)
{
    std::string text;
    run([&]() -> awaitable<void> { text = co_await error_of<Error>(pg::connect(to)); });
    return text;
}

struct pair_of_servers
{
    pg::temporary_server primary{pg::temporary_server_options{}.tcp()};
    pg::temporary_server standby{
        pg::temporary_server_options{}.tcp().standby_of(primary.connection_string())};
};

/// A message of an error, as a server sends it during the login.
std::string error_message(std::string const& code)
{
    std::string const fields = "SFATAL" + std::string(1, '\0') + "VFATAL" + std::string(1, '\0') +
                               "C" + code + std::string(1, '\0') + "Mgo away" +
                               std::string(2, '\0');
    std::string message = "E";
    message += std::string(3, '\0');
    message += static_cast<char>(fields.size() + 4);
    return message + fields;
}

} // namespace

TEST_CASE("target_session_attrs finds the server it asks for, wherever it stands in the list")
{
    if (::access((pg::find_postgres() + "/pg_basebackup").c_str(), X_OK) != 0)
        return skip("a standby is made by pg_basebackup, which is not installed");
    pair_of_servers servers;
    std::uint16_t const primary = servers.primary.port();
    std::uint16_t const standby = servers.standby.port();
    using target = pg::target_session;
    for (bool const primary_first : {true, false}) {
        auto const first = primary_first ? primary : standby;
        auto const to = primary_first ? local({primary, standby}) : local({standby, primary});
        auto const reached = [&](target what) {
            return port_reached(pg::options{to}.target_session_attrs(what));
        };
        check_equal(reached(target::any), first);
        check_equal(reached(target::read_write), primary);
        check_equal(reached(target::primary), primary);
        check_equal(reached(target::read_only), standby);
        check_equal(reached(target::standby), standby);
        check_equal(reached(target::prefer_standby), standby);
    }
    // There is none of the kind.
    check_equal(
        port_reached(local({primary}).target_session_attrs(target::prefer_standby)), primary);
    CHECK_THAT(
        refusal<pg::connect_error>(local({standby}).target_session_attrs(target::read_write)),
        ContainsSubstring("the session is read-only, and target_session_attrs=read-write"));
    auto const text =
        refusal<pg::connect_error>(local({primary, primary}).target_session_attrs(target::standby));
    CHECK_THAT(text, ContainsSubstring("127.0.0.1\", port " + std::to_string(primary)));
    CHECK_THAT(text, ContainsSubstring("not a standby"));

    // A primary may be read-only, too.
    auto const quiet = local({primary}).server_setting("default_transaction_read_only", "on");
    check_equal(port_reached(pg::options{quiet}.target_session_attrs(target::read_only)), primary);
    check_equal(port_reached(pg::options{quiet}.target_session_attrs(target::primary)), primary);
    refusal<pg::connect_error>(pg::options{quiet}.target_session_attrs(target::read_write));

    SECTION("a server that does not report what it is is asked")
    {
        for (target const what : {target::read_write, target::read_only, target::primary,
                 target::standby, target::prefer_standby}) {
            std::vector<std::string> const hidden{
                "in_hot_standby", "default_transaction_read_only"};
            filtering_proxy const to_standby{standby, hidden};
            filtering_proxy const to_primary{primary, hidden};
            bool const wants_primary = what == target::read_write || what == target::primary;
            check_equal(
                port_reached(
                    local({to_standby.port(), to_primary.port()}).target_session_attrs(what)),
                wants_primary ? primary : standby);
        }
    }

    SECTION("when the primary goes and the standby is promoted, connections find it")
    {
        auto const to = local({standby, primary}).target_session_attrs(target::read_write);
        run([&]() -> awaitable<void> {
            auto conn = co_await pg::connect(to);
            co_await conn.execute("CREATE TABLE kept(x int)");
            servers.primary.stop();
            co_await error_of<pg::error>(conn.execute("INSERT INTO kept VALUES (0)"));
            co_await error_of<pg::connect_error>(pg::connect(to));
            servers.standby.promote();
            auto again = co_await pg::connect(to);
            co_await again.execute("INSERT INTO kept VALUES (1)");
            check_equal(co_await again.fetch_value<int>("SELECT x FROM kept"), 1);
        });
    }
}

TEST_CASE("a primary of any version is known for what it is")
{
    using target = pg::target_session;
    auto const port = shared_server().port();
    for (target const what :
        {target::any, target::read_write, target::primary, target::prefer_standby})
        check_equal(port_reached(local({port}).target_session_attrs(what)), port);
    for (target const what : {target::read_only, target::standby})
        CHECK_THAT(refusal<pg::connect_error>(local({port}).target_session_attrs(what)),
            ContainsSubstring("target_session_attrs="));
    auto const quiet = local({port}).server_setting("default_transaction_read_only", "on");
    check_equal(port_reached(pg::options{quiet}.target_session_attrs(target::read_only)), port);
    refusal<pg::connect_error>(pg::options{quiet}.target_session_attrs(target::read_write));
}

TEST_CASE("when no server can be reached the error tells what happened at each")
{
    auto const text = refusal<pg::connect_error>(pg::options{}
                                                     .host("127.0.0.1,no-such-host.invalid,/no/dir")
                                                     .ports("1,2,3")
                                                     .user("x")
                                                     .password("unspeakable")
                                                     .connect_timeout(20s));
    CHECK_THAT(text, ContainsSubstring("\"127.0.0.1\", port 1: Connection refused"));
    CHECK_THAT(text, ContainsSubstring("\"no-such-host.invalid\", port 2: could not find host"));
    CHECK_THAT(text, ContainsSubstring("\"/no/dir\", port 3 (/no/dir/.s.PGSQL.3): No such file"));
    CHECK_THAT(text, !ContainsSubstring("unspeakable"));
}

TEST_CASE("a server without the TLS that is asked for is passed over, and named")
{
    auto const other = shared_server().port();
    auto const text =
        refusal<pg::tls_error>(local({other, 1}).tls(pg::tls_options{pg::ssl_mode::require}));
    CHECK_THAT(text, ContainsSubstring("port " + std::to_string(other) + ": "));
    CHECK_THAT(text, ContainsSubstring("TLS"));
    CHECK_THAT(text, ContainsSubstring("port 1: Connection refused"));
    refusal<pg::tls_error>(local({other}).tls(pg::tls_options{pg::ssl_mode::require}));
}

TEST_CASE("a server that does not answer costs its own time limit only")
{
    false_server first{[](int peer) { false_server::wait_for_end(peer); }};
    false_server second{[](int peer) { false_server::wait_for_end(peer); }};
    check_equal(
        port_reached(
            local({first.port(), second.port(), shared_server().port()}).connect_timeout(150ms)),
        shared_server().port());
    false_server third{[](int peer) { false_server::wait_for_end(peer); }};
    false_server fourth{[](int peer) { false_server::wait_for_end(peer); }};
    auto const text =
        refusal<pg::timeout_error>(local({third.port(), fourth.port()}).connect_timeout(150ms));
    for (auto const port : {third.port(), fourth.port()})
        CHECK_THAT(text, ContainsSubstring("port " + std::to_string(port) + ": timed out"));
}

TEST_CASE("a cancelled attempt goes to no further server")
{
    std::promise<void> asked;
    false_server silent{[&](int peer) {
        false_server::receive(peer);
        asked.set_value();
        false_server::wait_for_end(peer);
    }};
    run([&]() -> awaitable<void> {
        asio::cancellation_signal cancel;
        std::exception_ptr ended;
        auto const executor = co_await asio::this_coro::executor;
        asio::co_spawn(executor,
            pg::connect(local({silent.port(), shared_server().port()})
                            .tls(pg::tls_options{pg::ssl_mode::disable})),
            asio::bind_cancellation_slot(cancel.slot(),
                [&ended](std::exception_ptr error, pg::connection) { ended = error; }));
        auto done = asked.get_future();
        while (done.wait_for(0s) != std::future_status::ready)
            co_await yield();
        cancel.emit(asio::cancellation_type::terminal);
        for (int turn = 0; !ended && turn < 1000; ++turn)
            co_await yield();
        REQUIRE(ended);
        try {
            std::rethrow_exception(ended);
        } catch (std::system_error const& error) {
            CHECK(error.code() == asio::error::operation_aborted);
        }
    });
}

TEST_CASE("a server that starts, or is full, is passed over; a wrong password is not")
{
    for (std::string const code : {"57P03", "53300", "57P01"}) {
        false_server busy{[&](int peer) {
            false_server::receive(peer);
            false_server::send(peer, error_message(code));
        }};
        check_equal(
            port_reached(local({busy.port(), shared_server().port()})), shared_server().port());
    }
    false_server closing{[](int) {}};
    check_equal(
        port_reached(local({closing.port(), shared_server().port()})), shared_server().port());
    pg::temporary_server strict{
        pg::temporary_server_options{}.tcp().authentication(pg::server_auth::scram_sha_256)};
    refusal<pg::invalid_password>(
        local({strict.port(), shared_server().port()}).password("unspeakable"));
    refusal<pg::authentication_error>(local({strict.port(), shared_server().port()}));
}

TEST_CASE("hosts are tried in random order if that is asked for")
{
    pg::temporary_server other{pg::temporary_server_options{}.tcp()};
    auto const to = local({shared_server().port(), other.port()}).load_balance_hosts();
    std::set<int> reached;
    for (int i = 0; i < 200 && reached.size() < 2; ++i)
        reached.insert(port_reached(to));
    CHECK(reached.size() == 2);
    auto const in_order = local({shared_server().port(), other.port()});
    for (int i = 0; i < 10; ++i)
        check_equal(port_reached(in_order), shared_server().port());
}

TEST_CASE("hostaddr is connected to, and the host's name is not looked up")
{
    auto const port = shared_server().port();
    check_equal(
        port_reached(local({port}).host("no-such-host.invalid").hostaddr("127.0.0.1")), port);
    check_equal(port_reached(local({port}).host("").hostaddr("127.0.0.1")), port);
    CHECK_THAT(refusal<pg::connect_error>(local({port}).hostaddr("localhost")),
        ContainsSubstring("no numeric address"));
}

TEST_CASE("an abstract Unix socket is reached by its @")
{
    if (shared_server().version_number() < 140000)
        return skip("abstract sockets need PostgreSQL 14");
    std::string const directory = "@pgcoro-test-" + std::to_string(::getpid());
    pg::temporary_server server{
        pg::temporary_server_options{}.setting("unix_socket_directories", directory)};
    check_equal(
        port_reached(pg::options{}.host(directory).port(server.port()).user("postgres")), 5432);
    CHECK_THAT(refusal<pg::connect_error>(pg::options{}.host("@no-such").user("x")),
        ContainsSubstring("@no-such/.s.PGSQL.5432"));
}

TEST_CASE("requirepeer: the server behind a Unix socket must be run by that user")
{
    auto const owner = pg::testing::server_user();
    std::string const name = owner ? owner->name : pg::find_system_user().name;
    check_equal(port_reached(shared_options().requirepeer(name)), shared_server().port());
    auto const text = refusal<pg::connect_error>(shared_options().requirepeer("somebody-else"));
    CHECK_THAT(text, ContainsSubstring("the server runs as \"" + name + '"'));
    check_equal(port_reached(local({shared_server().port()}).requirepeer("somebody-else")),
        shared_server().port()); // not over TCP
}

TEST_CASE("a function that gives the password is called for each connection")
{
    pg::temporary_server server{pg::temporary_server_options{}
                                    .authentication(pg::server_auth::scram_sha_256)
                                    .password("token")};
    auto const to = pg::options{}.host(server.socket_directory()).user("postgres");
    int calls = 0;
    auto const plain = pg::options{to}.password([&calls] {
        ++calls;
        return std::string{"token"};
    });
    auto const awaited = pg::options{to}.password([&calls]() -> awaitable<std::string> {
        co_await yield();
        ++calls;
        co_return "token";
    });
    check_equal(port_reached(plain), 5432);
    check_equal(port_reached(plain), 5432);
    check_equal(port_reached(awaited), 5432);
    CHECK(calls == 3);
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect<pg::thread_safe_connection>(awaited);
        check_equal(co_await conn.fetch_value<int>("SELECT 1"), 1);
        co_await conn.close();
    });
    auto const failing = pg::options{to}.password(
        []() -> std::string { throw std::runtime_error{"no token to be had"}; });
    CHECK(refusal<std::runtime_error>(failing) == "no token to be had");
    auto const wrong = pg::options{to}.password([] { return 7; });
    refusal<pg::options_error>(wrong);
}

TEST_CASE("the password file has a password for each host")
{
    clean_environment environment;
    auto const make = [](char const* password) {
        return pg::temporary_server_options{}
            .tcp()
            .authentication(pg::server_auth::scram_sha_256)
            .password(password);
    };
    pg::temporary_server first{make("one:\\")};
    pg::temporary_server second{make("two")};
    std::string const lines = "127.0.0.1:" + std::to_string(first.port()) +
                              ":*:postgres:one\\:\\\\\n"
                              "*:" +
                              std::to_string(second.port()) + ":*:postgres:two\n";
    auto const path = environment.write(".pgpass", lines);
    auto const text = [&](std::string const& hosts, std::string const& numbers) {
        return pg::options{"host=" + hosts + " port=" + numbers + " user=postgres"};
    };
    auto const both = text("127.0.0.1,127.0.0.1", ports({first.port(), second.port()}));
    CHECK(both.passfile() == path);
    check_equal(port_reached(both), first.port());
    first.stop();
    check_equal(port_reached(both), second.port());
    environment.write(".pgpass", lines, 0644);
    CHECK_THAT(refusal<pg::authentication_error>(both), ContainsSubstring("chmod 0600"));
    check_equal(port_reached(pg::options{both}.password("two")), second.port());
}
