#include "catch.hpp"

#if defined(PGCORO_LIBPQ)

    #include "../unit/client/environment.hpp"
    #include "libpq.hpp"

    #include <pgcoro/client/options.hpp>

    #include <random>

namespace pg = pgcoro;

namespace {

std::optional<libpq::values> ours(std::string const& text)
{
    try {
        libpq::values found;
        pg::connection_settings const settings = pg::parse_connection_string(text);
        for (auto const& each : settings.all())
            found[each.keyword] = each.value;
        return found;
    } catch (pg::options_error const&) {
        return std::nullopt;
    }
}

/// The differences that are wanted, each with its reason; null where there is none.
char const* wanted_difference(std::string const& text, std::optional<libpq::values> const& mine,
    std::optional<libpq::values> const& theirs)
{
    if (mine)
        for (auto const& [keyword, value] : *mine)
            if (!theirs && !libpq::knows(keyword))
                return "a keyword of a later version: it is known here whatever libpq is installed";
    // PostgreSQL 18 on, libpq trims the parts of a URI and refuses spaces within them; before, it
    // took them as they are, and so do we.
    if (PQlibVersion() >= 180000 && text.find("://") != std::string::npos &&
        text.find_first_of(" \t\n\r\f\v") != std::string::npos)
        return "spaces in a URI are taken, as libpq did before version 18";
    return nullptr;
}

void compare(std::string const& text, std::size_t& compared)
{
    auto const mine = ours(text);
    auto const theirs = libpq::parse(text);
    if (mine == theirs) {
        ++compared;
        return;
    }
    INFO(text);
    REQUIRE(wanted_difference(text, mine, theirs) != nullptr);
}

std::string const strings[] = {
    // clang-format off
    "postgresql://",
    "postgres://",
    "postgresql:///",
    "postgresql://localhost",
    "postgresql://localhost:5433",
    "postgresql://localhost/mydb",
    "postgresql://user@localhost",
    "postgresql://user:secret@localhost",
    "postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp",
    "postgresql://host1:123,host2:456/somedb?target_session_attrs=any",
    "postgresql://uri-user:secret@host:12345/db",
    "postgresql://uri-user@host:12345/db",
    "postgresql://uri-user@host/",
    "postgresql://uri-user@host",
    "postgresql://uri-user@",
    "postgresql://uri-user:@host",
    "postgresql://uri-user:@",
    "postgresql://:12345/",
    "postgresql://:12345",
    "postgresql:///db",
    "postgresql://host/db?user=uri-user",
    "postgresql://host?user=uri-user&port=12345",
    "postgresql://host?",
    "postgresql://host/?",
    "postgresql://host/db?",
    "postgresql://[::1]:12345/db",
    "postgresql://[::1]/db",
    "postgresql://[2001:db8::1234]/",
    "postgresql://[200z:db8::1234]/",
    "postgresql://[::1]",
    "postgres://[::1]:",
    "postgres://[::1",
    "postgres://[]",
    "postgres://[]:80",
    "postgres://[::1]z",
    "postgres://[::1]@h",
    "postgres://[::1]?user=x",
    "postgres://[::1],[::2]:2/d",
    "postgres://[%3A%3A1]",
    "postgresql://%2Fvar%2Flib%2Fpostgresql/dbname",
    "postgresql://%2ftmp",
    "postgresql:///?host=/tmp&port=1",
    "postgresql://host/db?zzz",
    "postgresql://host?uzer=",
    "postgre://",
    "postgresql:/host",
    "postgresql:host",
    "POSTGRESQL://h",
    "postgres://host?user=a=b",
    "postgres://host?user",
    "postgres://host?&",
    "postgres://host?user=a&",
    "postgres://host?user=a&&port=1",
    "postgres://host?=a",
    "postgres://host?a=",
    "postgres://host?user=%41%62",
    "postgres://host?us%65r=a",
    "postgres://host?user=%",
    "postgres://host?user=%4",
    "postgres://host?user=%zz",
    "postgres://host?user=%00",
    "postgres://%00",
    "postgres://u%:p@h",
    "postgres://u:p%@h",
    "postgres://u:p%40@h",
    "postgres://u:p@x@h",
    "postgres://u:p:x@h",
    "postgres://u@x:p@h",
    "postgres://:p@h",
    "postgres://@h",
    "postgres://:@h",
    "postgres://u:/p@h",
    "postgres://u/x@h",
    "postgres://u:p@h/d/e",
    "postgres://u:p@h/d?e?f=1",
    "postgres://h?user=a@b",
    "postgres://h?host=x&host=y",
    "postgres://h1,h2",
    "postgres://h1,",
    "postgres://,",
    "postgres://,,/d",
    "postgres://h1:1,h2:2",
    "postgres://h1:1,h2",
    "postgres://h1,h2:2",
    "postgres://:1,:2",
    "postgres://h1:,h2:",
    "postgres://h:x",
    "postgres://h:1:2",
    "postgres://h:1,h:2:3/",
    "postgres://h/%20d",
    "postgres://h/a%2Fb",
    "postgres://h/a#b",
    "postgres://h#x",
    "postgres://h?ssl=true",
    "postgres://h?ssl=false",
    "postgres://h?ssl=1",
    "postgres://h?sslmode=disable",
    "postgres://h?requiressl=1",
    "postgres://h?requiressl=0",
    "postgres://h?application_name=a+b",
    "postgres://h?application_name=a b",
    "postgres://h d/x",
    "postgres://h/d ",
    " postgres://h",
    "postgres://\u00e4",
    "postgres://%C3%A4:%C3%B6@h/%C3%BC",
    "postgresql://a.b-c_d~e!f$g:1/",
    "postgres://h?options=-c%20geqo%3Doff",
    "postgres://h/?dbname=x",
    "postgres://h/y?dbname=x",
    "postgres://h?password=p",
    "postgres://u:p@h?password=q",
    "postgres://h?dbname=postgres://x",
    "",
    " ",
    "\t\n",
    "host=localhost",
    "host = localhost",
    "host= localhost",
    "host =localhost",
    " host=localhost ",
    "host=localhost port=5432",
    "host=localhost\tport=5432\nuser=x",
    "host",
    "host ",
    "host x",
    "host=",
    "host= ",
    "host= port=1",
    "host='' port=1",
    "host=''",
    "=",
    "=x",
    " =x",
    "host==x",
    "host=a=b",
    "user='a b'",
    "user='a\\'b'",
    "user='a\\\\b'",
    "user='a",
    "user='",
    "user='a'port=1",
    "user='a' port=1",
    "user=a'b",
    "user=a'b c'",
    "user=a\\ b",
    "user=a\\'b",
    "user=\\",
    "user=a\\",
    "user='a\\",
    "user='a\\'",
    "user=\\\\",
    "user= 'a'",
    "user=\t'a'",
    "USER=x",
    "User=x",
    "user=a user=b",
    "host=a,b,c port=1,2,3",
    "host=a,,c",
    "host=,",
    "hostaddr=127.0.0.1",
    "hostaddr=::1,::2 host=a,b",
    "port=x",
    "port=99999",
    "sslmode=requir",
    "sslmode=",
    "requiressl=1",
    "requiressl=",
    "requiressl=x",
    "foo=bar",
    "host=a foo=bar",
    "password=a b",
    "password='a b' x",
    "password='a b' x=y",
    "dbname=postgres://h",
    "dbname='host=x'",
    "options='-c a=b -c c=d'",
    "options=-c\\ a=b",
    "service=x",
    "passfile=/x",
    "connect_timeout=3",
    "application_name='\u00e4'",
    "fallback_application_name=x",
    "replication=true",
    "tty=x",
    "authtype=x",
    "keepalives=1 keepalives_idle=2 keepalives_interval=3 keepalives_count=4",
    "tcp_user_timeout=1",
    "sslcert=a sslkey=b sslrootcert=c sslcrl=d sslcrldir=e sslpassword=f sslsni=1 sslcompression=1",
    "requirepeer=x",
    "krbsrvname=x gsslib=y gssencmode=z",
    "client_encoding=auto",
    "channel_binding=require",
    "target_session_attrs=any",
    "ssl_min_protocol_version=x ssl_max_protocol_version=y",
    "require_auth=x",
    "load_balance_hosts=random",
    "sslnegotiation=direct",
    "sslcertmode=allow",
    "gssdelegation=1",
    "min_protocol_version=3.0",
    "servicefile=/x",
    "host=/tmp",
    "host=@abstract",
    "host=postgresql://",
    "user=\x0b a",
    "user=a\x0bport=1",
    "user=a\x0cport=1",
    "user=a\rport=1",
    "foo://host=a",
    "x postgresql://h",
    // clang-format on
};

/// A string of the shape of a connection string, right or wrong.
class generator
{
public:
    explicit generator(std::uint32_t seed) : random_{seed} {}

    std::string next()
    {
        std::string text = below(2) == 0 ? uri() : pairs();
        for (std::size_t changes = below(4) == 0 ? below(4) : 0; changes != 0; --changes) {
            std::size_t const at = below(text.size() + 1);
            if (below(2) == 0)
                text.insert(at, bit());
            else if (at < text.size())
                text.erase(at, 1);
        }
        return text;
    }

private:
    std::size_t below(std::size_t n) { return random_() % n; }
    template <std::size_t Count>
    std::string one_of(char const* const (&from)[Count])
    {
        return from[below(Count)];
    }
    std::string bit()
    {
        return one_of({"%", "%41", "%2", "'", "\\", "=", "@", ":", "/", "?", "&", "[", "]", ",",
            " ", "\t", "#", "+", "a", "1", "host", "://"});
    }
    std::string word()
    {
        std::string text;
        for (std::size_t length = below(4); length != 0; --length)
            text += below(5) == 0 ? bit() : one_of({"a", "b", "1", "2", "-", ".", "_", "\xc3\xa4"});
        return text;
    }
    std::string keyword()
    {
        return one_of({"host", "hostaddr", "port", "user", "password", "dbname", "sslmode",
            "application_name", "options", "connect_timeout", "passfile", "requiressl", "ssl",
            "target_session_attrs", "sslrootcert", "nonsense"});
    }
    std::string uri()
    {
        std::string text = one_of({"postgresql://", "postgres://"});
        if (below(2) == 0)
            text += word() + (below(2) == 0 ? ":" + word() : "") + "@";
        for (std::size_t hosts = below(3);; --hosts) {
            text += below(4) == 0 ? "[" + one_of({"::1", "::", "fe80::1", ""}) + "]" : word();
            text += below(2) == 0 ? ":" + word() : "";
            if (hosts == 0)
                break;
            text += ',';
        }
        text += below(2) == 0 ? "/" + word() : "";
        for (std::size_t count = below(3), i = 0; i < count; ++i)
            text += (i == 0 ? "?" : "&") + keyword() + "=" + word();
        return text;
    }
    std::string pairs()
    {
        std::string text;
        for (std::size_t count = below(4); count != 0; --count)
            text += one_of({"", " ", "\n"}) + keyword() + one_of({"=", "=", " = "}) +
                    (below(3) == 0 ? "'" + word() + "'" : word()) + " ";
        return text;
    }

    std::mt19937 random_;
};

} // namespace

TEST_CASE("connection strings mean what libpq makes of them: a table")
{
    std::size_t compared = 0;
    for (std::string const& text : strings)
        compare(text, compared);
    CHECK(std::size(strings) >= 150);
    CHECK(compared >= std::size(strings) - 12);
}

TEST_CASE("connection strings mean what libpq makes of them: generated ones")
{
    for (std::uint32_t const seed : {1U, 2U, 3U, 4U}) {
        std::size_t compared = 0;
        std::size_t taken = 0;
        generator strings_of{seed};
        for (int i = 0; i < 5000; ++i) {
            INFO("seed " << seed << ", string " << i);
            std::string const text = strings_of.next();
            compare(text, compared);
            taken += ours(text).has_value();
        }
        CHECK(compared == 5000);
        CHECK(taken > 1000);
        CHECK(taken < 4500);
    }
}

TEST_CASE("defaults come from the same services and variables as libpq's")
{
    clean_environment environment;
    environment.write(".pg_service.conf", "# comment\n\n  [ours]  \nhost=service-host\nport=7\n  "
                                          "user = spaced\n[theirs]\nhost=other\n"
                                          "[ours]\ndbname=second\n");
    environment.write("else.conf", "[ours]\nhost=else\napplication_name=a b\n");
    environment.write("sysconf/pg_service.conf", "[system]\nhost=sys\n[ours]\nhost=not this\n");
    std::vector<std::pair<std::string, std::string>> const variables[] = {
        {},
        {{"PGHOST", "h"}},
        {{"PGHOST", ""}},
        {{"PGHOST", "a,b"}, {"PGPORT", "1,2"}, {"PGHOSTADDR", "::1,::2"}},
        {{"PGUSER", "u"}, {"PGPASSWORD", "p"}, {"PGDATABASE", "d"}, {"PGPASSFILE", "/f"}},
        {{"PGOPTIONS", "-c geqo=off"}, {"PGAPPNAME", "app"}, {"PGCONNECT_TIMEOUT", "3"}},
        {{"PGSSLMODE", "verify-full"}, {"PGSSLROOTCERT", "/r"}, {"PGSSLCERT", "/c"},
            {"PGSSLKEY", "/k"}, {"PGSSLCRL", "/l"}, {"PGSSLCRLDIR", "/d"}, {"PGSSLSNI", "0"}},
        {{"PGSSLMINPROTOCOLVERSION", "TLSv1.3"}, {"PGSSLMAXPROTOCOLVERSION", "TLSv1.3"}},
        {{"PGREQUIRESSL", "1"}},
        {{"PGREQUIRESSL", "1"}, {"PGSSLMODE", "disable"}},
        {{"PGREQUIRESSL", "0"}},
        {{"PGTARGETSESSIONATTRS", "standby"}, {"PGCHANNELBINDING", "require"}},
        {{"PGGSSENCMODE", "disable"}, {"PGKRBSRVNAME", "k"}, {"PGGSSLIB", "g"},
            {"PGREQUIREPEER", "r"}, {"PGCLIENTENCODING", "auto"}, {"PGSSLCOMPRESSION", "1"}},
        {{"PGLOADBALANCEHOSTS", "random"}, {"PGREQUIREAUTH", "md5"}, {"PGSSLCERTMODE", "disable"},
            {"PGGSSDELEGATION", "1"}, {"PGSSLNEGOTIATION", "direct"},
            {"PGMINPROTOCOLVERSION", "3.0"}, {"PGMAXPROTOCOLVERSION", "3.2"}},
        {{"PGSERVICE", "theirs"}},
        {{"PGSERVICE", "system"}},
        {{"PGSERVICE", "theirs"}, {"PGHOST", "not this"}, {"PGPORT", "8"}},
        {{"PGSERVICE", "ours"}, {"PGSERVICEFILE", environment.home() + "/else.conf"}},
        {{"PGDATESTYLE", "German"}, {"PGTZ", "UTC"}, {"PGGEQO", "off"}},
    };
    for (auto const& each : variables) {
        for (auto const& [name, value] : each)
            environment.set(name, value);
        INFO((each.empty() ? "nothing" : each.front().first));
        pg::connection_settings mine;
        pg::fill_defaults(mine);
        PQconninfoOption* const theirs = PQconndefaults();
        for (PQconninfoOption* option = theirs; option->keyword != nullptr; ++option) {
            INFO(option->keyword);
            auto const* const found = mine.find(option->keyword);
            std::string const keyword = option->keyword;
            // What neither names has libpq's built-in value, or the system's user.
            std::string const expected = found != nullptr              ? found->value
                                         : keyword == "user"           ? pg::find_system_user().name
                                         : option->compiled != nullptr ? option->compiled
                                                                       : "";
            CHECK(expected == (option->val == nullptr ? "" : option->val));
        }
        PQconninfoFree(theirs);
        for (auto const& [name, value] : each)
            environment.unset(name);
    }
}

#else

TEST_CASE("connection strings mean what libpq makes of them: a table")
{
    return skip("libpq was not found");
}

#endif
