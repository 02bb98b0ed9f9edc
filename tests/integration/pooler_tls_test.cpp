#include "pooler.hpp"
#include "run.hpp"
#include "tls_server.hpp"

#include <string>

using Catch::Matchers::ContainsSubstring;

namespace {

/// PgBouncer as hosted services run it: on TCP, with TLS or not at all, with SCRAM, in transaction
/// mode.
class encrypted_pgbouncer : public pooler
{
public:
    explicit encrypted_pgbouncer(pgcoro::temporary_server const& server)
        : port_{pgcoro::testing::find_free_port()}
    {
        auto& made = shared_certificates();
        write("server.crt", made.server.pem());
        write("server.key", made.server.key_pem());
        write("users", "\"postgres\" \"correct\"\n");
        write("configuration",
            "[databases]\n* = host=" + server.socket_directory() + " port=" +
                std::to_string(server.port()) + "\n[pgbouncer]\nlisten_addr = 127.0.0.1" +
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
