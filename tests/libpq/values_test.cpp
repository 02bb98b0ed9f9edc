#include "catch.hpp"

#if defined(PGCORO_LIBPQ)

    #include "../unit/client/environment.hpp"
    #include "libpq.hpp"

    #include <pgcoro/client/connect.hpp>

    #include <cstdint>

    #include <arpa/inet.h>
    #include <netinet/in.h>
    #include <sys/socket.h>

namespace pg = pgcoro;

namespace {

/// A port where connecting succeeds and nobody ever answers.
class silent_port
{
public:
    silent_port() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)}
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(socket_, 128);
        socklen_t size = sizeof address;
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
        number_ = ntohs(address.sin_port);
    }
    silent_port(silent_port const&) = delete;
    silent_port& operator=(silent_port const&) = delete;
    ~silent_port() { ::close(socket_); }
    [[nodiscard]] std::string text() const { return std::to_string(number_); }

private:
    int socket_;
    std::uint16_t number_ = 0;
};

bool takes(std::string const& text)
{
    try {
        (void)pg::options{text}.login();
        return true;
    } catch (pg::options_error const&) {
        return false;
    }
}

} // namespace

TEST_CASE("values are right or wrong as libpq finds them")
{
    clean_environment environment;
    silent_port const port;
    struct value
    {
        char const* text;
        char const* wanted = nullptr; ///< why ours differs
    };
    value const values[] = {
        {""},
        {"sslmode=disable"},
        {"sslmode=allow"},
        {"sslmode=prefer"},
        {"sslmode=require"},
        {"sslmode=verify-ca"},
        {"sslmode=verify-full"},
        {"sslmode=verify_full"},
        {"sslmode=REQUIRE"},
        {"sslmode="},
        {"sslmode=' require'"},
        {"requiressl=1"},
        {"channel_binding=disable"},
        {"channel_binding=prefer"},
        {"channel_binding=required"},
        {"channel_binding="},
        {"target_session_attrs=any"},
        {"target_session_attrs=read-write"},
        {"target_session_attrs=read-only"},
        {"target_session_attrs=primary"},
        {"target_session_attrs=standby"},
        {"target_session_attrs=prefer-standby"},
        {"target_session_attrs=prefer_standby"},
        {"target_session_attrs="},
        {"gssencmode=disable"},
        {"gssencmode=prefer"},
        {"gssencmode=require", "GSSAPI is refused where it is demanded"},
        {"gssencmode=x"},
        {"ssl_min_protocol_version=TLSv1"},
        {"ssl_min_protocol_version=tlsv1.1"},
        {"ssl_min_protocol_version=TLSv1.2"},
        {"ssl_min_protocol_version=TLSv1.3"},
        {"ssl_min_protocol_version=SSLv3"},
        {"ssl_min_protocol_version="},
        {"ssl_max_protocol_version=TLSV1.3"},
        {"ssl_max_protocol_version=TLSv1"},
        {"ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2"},
        {"ssl_min_protocol_version=TLSv1.2 ssl_max_protocol_version=TLSv1.2"},
        {"client_encoding=UTF8"},
        {"client_encoding=auto"},
        {"client_encoding=LATIN1", "text is always UTF8 here"},
        {"connect_timeout=1"},
        {"connect_timeout=0"},
        {"connect_timeout=-5"},
        {"connect_timeout=' 3 '"},
        {"connect_timeout=+3"},
        {"connect_timeout=x", "libpq looks at it later, when it waits"},
        {"connect_timeout=3s", "libpq looks at it later, when it waits"},
        {"connect_timeout=99999999999", "libpq looks at it later, when it waits"},
        {"keepalives=0"},
        {"keepalives=1"},
        {"keepalives=2"},
        {"keepalives=x"},
        {"keepalives_idle=5"},
        {"keepalives_idle=-5",
            "negative is the system's own; libpq fails when it sets the socket up"},
        {"keepalives_idle=5x"},
        {"keepalives_interval=0x5"},
        {"keepalives_count=''"},
        {"tcp_user_timeout=1000"},
        {"tcp_user_timeout=1s"},
        {"replication=database", "not supported"},
        {"replication=off"},
        {"sslsni=1"},
        {"sslsni=0"},
        {"sslsni=x", "libpq takes anything and means yes by 1 alone"},
        {"sslcompression=1"},
        {"krbsrvname=x gsslib=y"},
        {"host=x"},
        {"host=x,y"},
        {"host=x,y hostaddr=127.0.0.1"},
        {"host=x,y hostaddr=127.0.0.1,127.0.0.1"},
        {"host=x,y hostaddr=127.0.0.1,127.0.0.1 port=1,2,3"},
        {"hostaddr=127.0.0.1,127.0.0.1 port=5,6,7"},
        {"host=x hostaddr=''", "no address, so x is looked up, which libpq does at once"},
        {"hostaddr=127.0.0.1, port=1,2"},
        {"port=0"},
        {"port=65536"},
        {"port=x"},
        {"port=-1"},
        {"port=' 1 '"},
    };
    std::size_t compared = 0;
    for (value const& each : values) {
        std::string text = each.text;
        if (text.find("hostaddr") == std::string::npos)
            text += text.find("host=x,y") != std::string::npos ? " hostaddr=127.0.0.1,127.0.0.1"
                                                               : " hostaddr=127.0.0.1";
        if (text.find("port=") == std::string::npos)
            text += " port=" + port.text();
        INFO(text);
        libpq::connection const theirs{text};
        // A port where nobody listens is nothing wrong with the settings.
        bool const good = theirs.begun() || theirs.error().find("refused") != std::string::npos;
        INFO(theirs.error());
        bool const same = takes(text) == good;
        CHECK(same == (each.wanted == nullptr));
        compared += same;
    }
    CHECK(compared > 60);
}

TEST_CASE("the password file gives the password that libpq finds in it")
{
    clean_environment environment;
    silent_port const port;
    std::string const contents[] = {
        "h:*:*:*:one\n",
        "h:5432:d:u:wrong port\nh:" + port.text() + ":d:u:right port\n",
        "*:*:*:*:all\nh:*:*:*:never\n",
        "# h:*:*:*:comment\nh:*:*:*:behind\n",
        "127.0.0.1:*:*:*:address\n",
        "localhost:*:*:*:local\n",
        "a\\:b:*:*:*:colon\n",
        "::1:*:*:*:v6\n",
        "h:*:*:*:with\\:colon\\\\and:rest\n",
        "h:*:*:*:crlf\r\n",
        "h:*:*:*:no newline",
        "h:*:*:*:\n",
        "h:*:*:*\n*:*:*:*:second",
        "\n\n h:*:*:*:space\nh:*:*:*:after\n",
        "h:*:*:u\\ u:escaped space\n*:*:d:u:du\n",
        "**:*:*:*:stars\n*:*:u:*:database\n",
        "h\\:*:*:*:odd\n*:*:*:u:u\n",
    };
    std::string const who[] = {"host=h user=u dbname=d", "host=h user=u", "user=u dbname=d",
        "host=a:b user=u dbname=d", "host=::1 user=u dbname=d", "host=localhost user=x dbname=d",
        "host=h user='u u' dbname=d", "host=h user=u dbname=d password=given"};
    std::size_t found = 0;
    for (std::string const& content : contents) {
        for (::mode_t const mode : {0600U, 0400U, 0640U}) {
            if (mode == 0640 && &content != contents) // libpq complains of each on stderr
                continue;
            environment.write(".pgpass", content, mode);
            for (std::string const& each : who) {
                std::string const text =
                    each + " hostaddr=127.0.0.1 sslmode=disable port=" + port.text();
                INFO(content << " for " << each << ", mode " << mode);
                libpq::connection const theirs{text};
                pg::options const mine{text};
                auto const plan = pg::plan_connection(mine, mine.login().password);
                CHECK(plan.stops.at(0).password == theirs.password());
                found += !theirs.password().empty();
            }
        }
    }
    CHECK(found > 100);
}

#else

TEST_CASE("values are right or wrong as libpq finds them")
{
    return skip("libpq was not found");
}

#endif
