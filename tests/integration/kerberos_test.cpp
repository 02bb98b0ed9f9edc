#include "catch.hpp"

#if !defined(PGCORO_GSSAPI)

TEST_CASE("logging in by Kerberos")
{
    skip("GSSAPI's headers are not installed");
}

#else

    #include "false_server.hpp"
    #include "kdc.hpp"
    #include "libpq.hpp"
    #include "run.hpp"
    #include "tls_server.hpp"

    #include <pgcoro/net/gssapi.hpp>

    #include <future>
    #include <memory>
    #include <string>

using Catch::Matchers::ContainsSubstring;

namespace {

/// A realm, and a server in it that logs `app` in by Kerberos alone, with TLS or without. None
/// where the programs are not installed: `why` says which.
struct realm
{
    std::string why = kdc::missing();
    std::unique_ptr<kdc> kerberos;
    std::unique_ptr<pg::temporary_server> server;

    realm()
    {
        if (!why.empty()) {
            why += " is not installed";
            return;
        }
        kerberos = std::make_unique<kdc>();
        try {
            server = std::make_unique<pg::temporary_server>(
                tls_server(shared_certificates().server)
                    .hba("local all all trust")
                    .hba("host all all 127.0.0.1/32 gss include_realm=0 krb_realm=PGCORO.TEST")
                    .setting("krb_server_keyfile", "FILE:server.keytab")
                    .file("server.keytab", kerberos->keytab()));
        } catch (pg::server_start_error const& failed) {
            std::string const text = failed.what();
            if (text.find("not supported by this build") == std::string::npos)
                throw;
            why = "this PostgreSQL is built without GSSAPI";
            return;
        }
        run([this]() -> awaitable<void> {
            auto conn = co_await pg::connect(pg::options{server->connection_string()});
            co_await conn.execute("CREATE ROLE app LOGIN; CREATE ROLE other LOGIN");
        });
    }
};

realm& shared_realm()
{
    static realm made;
    return made;
}

/// What the environment of whoever has a ticket looks like.
struct with_ticket
{
    explicit with_ticket(kdc const& from)
        : configuration{"KRB5_CONFIG", from.configuration().c_str()},
          tickets{"KRB5CCNAME", from.tickets().c_str()}
    {}
    variable configuration;
    variable tickets;
};

/// As a connection string, for libpq too.
std::string to_server(std::uint16_t port, std::string const& more = {})
{
    return "host=localhost hostaddr=127.0.0.1 user=app dbname=postgres connect_timeout=20 "
           "sslmode=disable port=" +
           std::to_string(port) + ' ' + more;
}

/// What comes of it: "" if we are let in.
std::string outcome(std::string const& text)
{
    std::string problem;
    run([&]() -> awaitable<void> {
        try {
            auto conn = co_await pg::connect(pg::options{text});
            co_await conn.close();
        } catch (pg::error const& failed) {
            problem = failed.what();
        }
    });
    return problem;
}

constexpr char const* who = "SELECT principal || CASE WHEN encrypted THEN ' encrypted' ELSE '' END "
                            "FROM pg_stat_gssapi WHERE pid = pg_backend_pid()";

} // namespace

TEST_CASE("logging in by Kerberos")
{
    auto const& [why, kerberos, server] = shared_realm();
    if (!why.empty())
        return skip(why);
    with_ticket const ours{*kerberos};
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(pg::options{to_server(server->port())});
        check_equal(co_await conn.fetch_value<std::string>(who), "app@PGCORO.TEST");
        auto shared = co_await pg::connect<pg::thread_safe_connection>(
            pg::options{to_server(server->port(), "require_auth=gss gssdelegation=1")});
        check_equal(co_await shared.fetch_value<std::string>(who), "app@PGCORO.TEST");
        auto encrypted = co_await pg::connect(pg::options{to_server(
            server->port(), "sslmode=verify-full sslrootcert=" + shared_certificates().root_file)});
        check_equal(co_await encrypted.fetch_value<std::string>(who), "app@PGCORO.TEST");
        pg::pool pool{
            co_await asio::this_coro::executor, pg::options{to_server(server->port())}, {}};
        auto const [a, b] = co_await pg::gather(
            pool.fetch_value<std::string>(who), pool.fetch_value<std::string>(who));
        check_equal(a, b);
        co_await pool.close();
    });
}

TEST_CASE("Kerberos: what libpq is let in with, we are")
{
    auto const& [why, kerberos, server] = shared_realm();
    if (!why.empty())
        return skip(why);
    auto const reference = libpq::find();
    with_ticket const ours{*kerberos};
    variable const plain{"PGGSSENCMODE", "disable"}; // libpq's, where nothing else is said
    struct attempt
    {
        char const* more;
        char const* problem; ///< a part of what we say; "": we are let in
        bool libpq_differs = false;
        bool without_ticket = false;
    };
    for (auto const& [more, problem, libpq_differs, without_ticket] : {
             attempt{"", ""},
             attempt{"krbsrvname=postgres gsslib=gssapi", ""},
             attempt{"krbsrvname=''", "", true}, // libpq asks for a service without a name
             attempt{"gssencmode=prefer", ""},
             attempt{"gssencmode=require", "does not encrypt", true},
             attempt{"krbsrvname=nobody", "nobody@localhost: "},
             attempt{"host=127.0.0.1", "postgres@127.0.0.1: "},
             attempt{"user=other", "GSSAPI authentication failed for user \"other\""},
             attempt{"sslmode=require", ""},
             attempt{"sslmode=require channel_binding=require", "channel_binding=require"},
             attempt{"", "postgres@localhost: ", false, true},
         }) {
        INFO(more);
        variable const tickets{
            "KRB5CCNAME", without_ticket ? "FILE:/nowhere/tickets" : kerberos->tickets().c_str()};
        std::string const text = to_server(server->port(), more);
        std::string problem_found;
        try {
            problem_found = outcome(text);
        } catch (pg::options_error const& wrong) {
            problem_found = wrong.what();
        }
        INFO(problem_found);
        CHECK_THAT(problem_found, ContainsSubstring(problem));
        CHECK(problem_found.empty() == (*problem == '\0'));
        if (!reference)
            continue;
        auto const theirs = reference->connect(text);
        INFO(theirs.message);
        CHECK((theirs.connected == problem_found.empty()) != libpq_differs);
    }
    // libpq has this from version 16 on.
    CHECK(outcome(to_server(server->port(), "require_auth=gss")) == "");
    for (char const* const other : {"!gss", "scram-sha-256", "none", "sspi"})
        CHECK_THAT(outcome(to_server(server->port(), std::string{"require_auth="} + other)),
            ContainsSubstring("require_auth"));
}

TEST_CASE("Kerberos: a server that shows a token of its own")
{
    auto const& [why, kerberos, server] = shared_realm();
    if (!why.empty())
        return skip(why);
    with_ticket const ours{*kerberos};
    std::string const asks{"R\0\0\0\x08\0\0\0\x07", 9};
    for (std::string const& token :
        {std::string{}, std::string(20, 'x'), std::string(4000, '\0')}) {
        std::string answer{"R\0\0\0\0\0\0\0\x08", 9};
        answer[3] = static_cast<char>((token.size() + 8) / 256);
        answer[4] = static_cast<char>((token.size() + 8) % 256);
        false_server const liar{[&](int peer) {
            false_server::receive(peer);
            false_server::send(peer, asks);
            false_server::receive(peer);
            false_server::send(peer, answer + token);
            false_server::wait_for_end(peer);
        }};
        std::string const text = outcome(to_server(liar.port()));
        CHECK_THAT(text, ContainsSubstring("could not log in by Kerberos"));
    }
    false_server const trusting{[&](int peer) {
        false_server::receive(peer);
        false_server::send(peer, asks);
        false_server::receive(peer);
        false_server::send(peer, {"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15});
        false_server::wait_for_end(peer);
    }};
    CHECK_THAT(outcome(to_server(trusting.port())), ContainsSubstring("without proving who it is"));
}

TEST_CASE("Kerberos: while its server does not answer, everything else goes on")
{
    auto const& [why, kerberos, server] = shared_realm();
    if (!why.empty())
        return skip(why);
    bool const destroys = GENERATE(false, true);
    std::promise<void> asked;
    std::promise<void> over;
    false_server const silent{[&](int peer) {
        false_server::receive(peer);
        asked.set_value();
        over.get_future().wait(); // then the thread that was left behind hears of the end
    }};
    std::string const configuration = kerberos->write_configuration("silent.conf", silent.port());
    variable const theirs{"KRB5_CONFIG", configuration.c_str()};
    // The ticket for tickets is there, that for the service has to be asked for.
    std::string const copy = configuration + ".tickets";
    REQUIRE(std::system(("KRB5_CONFIG=" + kerberos->configuration() + " kinit -k -t " +
                         configuration.substr(0, configuration.rfind('/')) + "/app.keytab -c " +
                         copy + " app")
                            .c_str()) == 0);
    variable const tickets{"KRB5CCNAME", copy.c_str()};
    auto const to = pg::options{to_server(server->port())};
    if (destroys) {
        asio::io_context context{1};
        asio::co_spawn(context, pg::connect(to), [](std::exception_ptr, auto&&...) {});
        auto const heard = asked.get_future();
        while (heard.wait_for(0s) != std::future_status::ready)
            context.run_for(10ms);
    } else {
        run([&]() -> awaitable<void> {
            auto const heard = asked.get_future();
            asio::cancellation_signal stop;
            bool cancelled = false;
            asio::co_spawn(co_await asio::this_coro::executor, pg::connect(to),
                asio::bind_cancellation_slot(stop.slot(),
                    [&](std::exception_ptr error, auto&&...) { cancelled = !!error; }));
            while (heard.wait_for(0s) != std::future_status::ready)
                co_await yield();
            stop.emit(asio::cancellation_type::terminal);
            while (!cancelled)
                co_await yield();
            check_that(co_await error_of<pg::timeout_error>(
                           pg::connect(pg::options{to}.connect_timeout(100ms))),
                ContainsSubstring("timed out while logging in"));
        });
    }
    over.set_value();
}

#endif
