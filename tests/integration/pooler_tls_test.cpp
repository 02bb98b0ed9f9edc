#if defined(__GNUC__) && !defined(__clang__)
    // The example's own types are taken for a header's, since it is included.
    #pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

#include "pooler.hpp"
#include "run.hpp"
#include "tls_server.hpp"

#include <iostream>
#include <sstream>
#include <string>

// The example itself, called as a function.
#define main supabase
#include "../../examples/supabase.cpp"
#undef main

using Catch::Matchers::ContainsSubstring;

namespace {

/// PgBouncer as hosted services run it: on TCP, with TLS or not at all, with SCRAM, in transaction
/// mode.
class encrypted_pgbouncer : public pooler
{
public:
    explicit encrypted_pgbouncer(pgcoro::temporary_server const& server,
        std::string const& address = "127.0.0.1",
        std::uint16_t port = pgcoro::testing::find_free_port())
        : port_{port}
    {
        auto& made = shared_certificates();
        write("server.crt", made.server.pem());
        write("server.key", made.server.key_pem());
        write("users", "\"postgres\" \"correct\"\n");
        write("configuration",
            "[databases]\n* = host=" + server.socket_directory() + " port=" +
                std::to_string(server.port()) + "\n[pgbouncer]\nlisten_addr = " + address +
                "\nlisten_port = " + std::to_string(port_) + "\nunix_socket_dir = " + host() +
                "\nauth_type = scram-sha-256\nauth_file = " + host() +
                "/users\npool_mode = transaction\ndefault_pool_size = 1"
                "\nclient_tls_sslmode = require\nclient_tls_cert_file = " +
                host() + "/server.crt\nclient_tls_key_file = " + host() + "/server.key\n");
        start({find_pooler("pgbouncer"), "-q", host() + "/configuration"}, port_);
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    std::uint16_t port_;
};

} // namespace

TEST_CASE("a pooler over TLS, sure of who it is, in transaction mode")
{
    if (find_pooler("pgbouncer").empty())
        return skip("PgBouncer is not installed");
    pg::temporary_server const server;
    encrypted_pgbouncer const pooler{server};
    pg::tls_options tls{pg::ssl_mode::verify_full};
    tls.root_certificate = shared_certificates().root_file;
    auto const to = pg::options{}
                        .host("localhost")
                        .hostaddr("127.0.0.1")
                        .port(pooler.port())
                        .user("postgres")
                        .password("correct")
                        .database("postgres")
                        .connect_timeout(20s)
                        .tls(tls)
                        .transaction_pooler();
    run([&]() -> awaitable<void> {
        auto a = co_await pg::connect(to);
        auto b = co_await pg::connect(to);
        for (int i = 0; i < 5; ++i) {
            check_equal(co_await a.fetch_value<int>("SELECT $1::int + 1", i), i + 1);
            check_equal(co_await b.fetch_value<int>("SELECT $1::int + 1", i), i + 1);
        }
        co_await a.transaction([](pg::transaction& tx) -> awaitable<void> {
            co_await tx.execute("CREATE TEMPORARY TABLE visits(who text) ON COMMIT DROP");
            co_await tx.execute("INSERT INTO visits VALUES ($1)", "John");
            check_equal(co_await tx.fetch_value<int>("SELECT count(*)::int FROM visits"), 1);
        });
        check_equal((co_await a.fetch_value<std::string>("SELECT repeat('x', 1000000)")).size(),
            1'000'000U);
        co_await error_of<pg::server_error>(pg::connect(pg::options{to}.password("wrong")));
        co_await error_of<pg::error>(
            pg::connect(pg::options{to}.tls(pg::tls_options{pg::ssl_mode::disable})));
        auto const other =
            co_await error_of<pg::tls_error>(pg::connect(pg::options{to}.host("elsewhere")));
        check_that(other, ContainsSubstring("not made out for \"elsewhere\""));
    });
}

TEST_CASE("examples/supabase.cpp, through a pooler as hosted services have it")
{
    if (find_pooler("pgbouncer").empty())
        return skip("PgBouncer is not installed");
#if !defined(__linux__)
    return skip("only Linux has more loopback addresses than one");
#else
    // The example tells the pooler's mode by its port, so it is that; the address is the test's
    // own.
    std::string const address = "127.77." + std::to_string(::getpid() / 250 % 250) + '.' +
                                std::to_string(1 + ::getpid() % 250);
    pg::temporary_server const server;
    encrypted_pgbouncer const pooler{server, address, 6543};
    auto const call = [&](std::string text, std::string root) {
        std::string program = "supabase";
        text += "@localhost:6543/postgres?connect_timeout=20&hostaddr=" + address;
        char* arguments[] = {program.data(), text.data(), root.data(), nullptr};
        std::ostringstream out;
        auto* const before = std::cout.rdbuf(out.rdbuf());
        auto* const errors = std::cerr.rdbuf(out.rdbuf());
        int const status = supabase(3, arguments);
        std::cout.rdbuf(before);
        std::cerr.rdbuf(errors);
        return std::to_string(status) + ' ' + out.str();
    };
    auto const& made = shared_certificates();
    for (int turn = 0; turn < 2; ++turn) // on one and the same server connection
        CHECK_THAT(call("postgresql://postgres:correct", made.root_file),
            Catch::Matchers::StartsWith("0 Connected! Postgres version is ") &&
                Catch::Matchers::EndsWith("\n2 visits\n"));
    CHECK_THAT(call("postgresql://postgres:wrong", made.root_file),
        Catch::Matchers::StartsWith("1 ") && ContainsSubstring("authentication failed"));
    CHECK_THAT(call("postgresql://postgres:correct", made.other_root_file),
        Catch::Matchers::StartsWith("1 ") && ContainsSubstring("certificate verify failed"));
#endif
}
