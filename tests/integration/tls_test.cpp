#include "false_server.hpp"
#include "run.hpp"
#include "tls_server.hpp"

#include <string>

using Catch::Matchers::ContainsSubstring;

namespace {

pg::options tls_options_for(
    pg::temporary_server const& server, pg::tls_options how, std::string const& host = "localhost")
{
    return pg::options{}
        .host(host)
        .port(server.port())
        .user("postgres")
        .password("correct")
        .database("postgres")
        .tls(std::move(how));
}

pg::tls_options verified(pg::ssl_mode mode = pg::ssl_mode::verify_full)
{
    pg::tls_options how{mode};
    how.root_certificate = shared_certificates().root_file;
    return how;
}

constexpr char const* is_encrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

} // namespace

TEST_CASE("queries over TLS")
{
    auto& server = shared_tls_server();
    run([&]() -> awaitable<void> {
        auto conn = co_await pg::connect(tls_options_for(server, verified()));
        check(co_await conn.fetch_value<bool>(is_encrypted));
        check_equal(co_await conn.fetch_value<int>("SELECT 1 + $1", 2), 3);
        co_await conn.close();
    });
    // nothing failed on the server's side
    CHECK(server.log().find("SSL error") == std::string::npos);
}
