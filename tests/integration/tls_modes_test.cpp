#include "libpq.hpp"
#include "run.hpp"
#include "tls_server.hpp"

#include <string>
#include <vector>

// Every sslmode against every kind of server and client certificate: what comes of it is what
// comes of it with libpq, asked in the same run.

namespace {

constexpr char const* modes[] = {
    "disable", "allow", "prefer", "require", "verify-ca", "verify-full"};

struct result
{
    bool connected = false;
    bool encrypted = false;
    std::string message;
};

result ours(std::string const& text)
{
    result what;
    run([&]() -> awaitable<void> {
        try {
            auto conn = co_await pg::connect(text);
            what.encrypted = co_await conn.fetch_value<bool>(
                "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
            what.connected = true;
            co_await conn.close();
        } catch (pg::error const& failed) {
            what.message = failed.what();
        }
    });
    return what;
}

/// How often each outcome was seen: a comparison in which all fail says nothing.
struct tally
{
    int encrypted = 0;
    int plain = 0;
    int failed = 0;
};

void compare(libpq const& reference, std::string const& text, tally& seen)
{
    auto const mine = ours(text);
    auto const theirs = reference.connect(text);
    INFO(text << "\nours: " << mine.message << "\nlibpq: " << theirs.message);
    CHECK(mine.connected == theirs.connected);
    CHECK(mine.encrypted == theirs.encrypted);
    CHECK(mine.message.find("correct") == std::string::npos);
    ++(!mine.connected ? seen.failed : mine.encrypted ? seen.encrypted : seen.plain);
}

std::string text_for(pg::temporary_server const& server, std::string const& more)
{
    return "host=localhost hostaddr=127.0.0.1 port=" + std::to_string(server.port()) +
           " user=postgres password=correct dbname=postgres connect_timeout=20 " + more;
}

pg::temporary_server_options with_password(pg::temporary_server_options options)
{
    return options.authentication(pg::server_auth::scram_sha_256).password("correct");
}

std::string const none = "/nowhere/at/all";

} // namespace

TEST_CASE("sslmode means what it means to libpq, whatever the server's certificate")
{
    auto const reference = libpq::find();
    if (!reference)
        return skip("libpq is not installed");
    auto& made = shared_certificates();
    certificate const middle{{.name = "pgcoro middle", .authority = true}, &made.root};
    struct server_kind
    {
        std::string name;
        pg::temporary_server_options options;
    };
    certificate const wrong_host{
        {.name = "elsewhere", .alternatives = "DNS:elsewhere"}, &made.root};
    certificate const only_common_name{{.name = "localhost"}, &made.root};
    certificate const ignored_common_name{
        {.name = "localhost", .alternatives = "DNS:other.host"}, &made.root};
    certificate const other_kind{{.name = "localhost", .alternatives = "IP:10.0.0.1"}, &made.root};
    certificate const expired{{.alternatives = "DNS:localhost", .expired = true}, &made.root};
    certificate const of_other{{.alternatives = "DNS:localhost"}, &made.other_root};
    certificate const self_signed{{.alternatives = "DNS:localhost"}};
    certificate const below{{.alternatives = "DNS:localhost"}, &middle};
    std::vector<server_kind> const kinds{
        {"without TLS", pg::temporary_server_options{}.tcp()},
        {"good", tls_server(made.server)},
        {"another host's", tls_server(wrong_host)},
        {"the host in the common name", tls_server(only_common_name)},
        {"the host in a common name that does not count", tls_server(ignored_common_name)},
        {"the host in a common name, an address besides", tls_server(other_kind)},
        {"expired", tls_server(expired)},
        {"of another authority", tls_server(of_other)},
        {"self-signed", tls_server(self_signed)},
        {"intermediate sent along", tls_server(below, middle.pem())},
        {"intermediate not sent", tls_server(below)},
    };
    tally seen;
    for (auto const& [name, options] : kinds) {
        pg::temporary_server const server{options};
        for (std::string const& root : {none, made.root_file, made.other_root_file}) {
            for (char const* const mode : modes) {
                INFO("server: " << name);
                compare(*reference,
                    text_for(server, "sslmode=" + std::string{mode} + " sslrootcert=" + root +
                                         " sslcert=" + none),
                    seen);
            }
        }
    }
    CHECK(seen.encrypted > 30);
    CHECK(seen.plain > 30);
    CHECK(seen.failed > 30);
}

TEST_CASE("sslmode means what it means to libpq, whatever pg_hba.conf and our certificate")
{
    auto const reference = libpq::find();
    if (!reference)
        return skip("libpq is not installed");
    auto& made = shared_certificates();
    certificate const foreign{{.name = "postgres"}, &made.other_root};
    std::string const foreign_file = made.files.write("foreign.crt", foreign.pem());
    std::string const foreign_key = made.files.write("foreign.key", foreign.key_pem());
    std::string const open_key = made.files.write("open.key", made.client.key_pem());
    std::filesystem::permissions(open_key, std::filesystem::perms{0644});
    struct own_certificate
    {
        std::string file, key;
    };
    own_certificate const own[] = {{none, none}, {made.client_file, made.client_key},
        {foreign_file, foreign_key}, {made.client_file, open_key}, {made.client_file, none}};
    tally seen;
    for (char const* const rule :
        {"hostssl all all all scram-sha-256", "hostnossl all all all scram-sha-256",
            "hostssl all all all cert", "hostssl all all all scram-sha-256 clientcert=verify-full",
            "host all all all reject"}) {
        pg::temporary_server const server{
            with_password(tls_server(made.server)).hba("local all all trust").hba(rule)};
        for (auto const& [file, key] : own) {
            for (char const* const mode : modes) {
                INFO(rule);
                compare(*reference,
                    text_for(server, "sslmode=" + std::string{mode} + " sslrootcert=" +
                                         made.root_file + " sslcert=" + file + " sslkey=" + key),
                    seen);
            }
        }
    }
    CHECK(seen.encrypted > 15);
    CHECK(seen.plain > 5);
    CHECK(seen.failed > 20);
}

TEST_CASE("revoked certificates, versions of TLS, encrypted keys and hosts, as with libpq")
{
    auto const reference = libpq::find();
    if (!reference)
        return skip("libpq is not installed");
    auto& made = shared_certificates();
    auto const list = made.files.write("revoked.crl", made.root.revocations({&made.server}));
    auto const empty_list = made.files.write("empty.crl", made.root.revocations({}));
    auto const locked_key = made.files.write("locked.key", made.client.key_pem("open sesame"));
    auto const der_key = made.files.write("key.der", made.client.key_der());
    pg::temporary_server const server{with_password(tls_server(made.server))};
    pg::temporary_server const old{
        with_password(tls_server(made.server).setting("ssl_max_protocol_version", "TLSv1.2"))};
    std::string const full = "sslmode=verify-full sslrootcert=" + made.root_file;
    std::string const with_certificate = full + " sslcert=" + made.client_file + " sslkey=";
    tally seen;
    for (std::string const& more : {
             full + " sslcrl=" + list,
             full + " sslcrl=" + empty_list,
             full + " ssl_min_protocol_version=TLSv1.3",
             full + " ssl_max_protocol_version=TLSv1.2",
             full + " ssl_min_protocol_version=TLSv1.2 ssl_max_protocol_version=tlsv1.2",
             full + " sslsni=0",
             full + " channel_binding=require",
             full + " channel_binding=disable",
             full + " host=127.0.0.1",
             full + " host=localhost.",
             full + " host=LOCALHOST",
             with_certificate + locked_key + " sslpassword='open sesame'",
             with_certificate + locked_key + " sslpassword=wrong",
             with_certificate + der_key,
             with_certificate + made.root_file,
             std::string{"sslmode=verify-full sslrootcert="} + locked_key,
             std::string{"sslmode=prefer sslrootcert="} + locked_key,
             std::string{"sslmode=require sslcert="} + locked_key,
         }) {
        for (auto const* each : {&server, &old})
            compare(*reference, text_for(*each, more), seen);
    }
    CHECK(seen.encrypted > 10);
    CHECK(seen.failed > 5);
}
