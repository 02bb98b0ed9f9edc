// Connects to a hosted PostgreSQL through its pooler, encrypted, and sure of who is at the other
// end.
//
// Supabase shows the connection string under "Connect"; its certificate authority's file is to be
// had under "Database settings, SSL configuration". The same goes for every hosted service:
//
//     supabase 'postgresql://postgres.PROJECT:PASSWORD@REGION.pooler.supabase.com:6543/postgres'
//         prod-ca-2021.crt

#include <pgcoro/pgcoro.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

namespace pg = pgcoro;

namespace {

asio::awaitable<void> run(std::string text, std::string root_certificate)
{
    // verify_full: else whoever sits between could show a certificate of his own.
    pg::tls_options tls{pg::ssl_mode::verify_full};
    tls.root_certificate = std::move(root_certificate);

    auto options = pg::options{text}.tls(tls);
    // Behind port 6543 each transaction may run in another server process. (With 5432 this is not
    // needed: there a connection is a session.)
    if (options.port() == 6543)
        options.transaction_pooler();

    auto conn = co_await pg::connect(options);
    std::cout << "Connected! Postgres version is " << conn.server_version() << '\n';

    co_await conn.transaction([](pg::transaction& tx) -> asio::awaitable<void> {
        co_await tx.execute("CREATE TEMPORARY TABLE visits(who text) ON COMMIT DROP");
        co_await tx.execute("INSERT INTO visits VALUES ($1), ($2)", "John", "Anna");
        std::cout << co_await tx.fetch_value<std::int64_t>("SELECT count(*) FROM visits")
                  << " visits\n";
    });
    co_await conn.close();
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::cerr << "usage: supabase CONNECTION_STRING ROOT_CERTIFICATE_FILE\n";
        return 2;
    }
    asio::io_context context;
    int result = 0;
    asio::co_spawn(context, run(argv[1], argv[2]), [&](std::exception_ptr error) {
        try {
            if (error)
                std::rethrow_exception(error);
        } catch (std::exception const& failed) {
            std::cerr << failed.what() << '\n';
            result = 1;
        }
    });
    context.run();
    return result;
}
