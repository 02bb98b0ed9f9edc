#include "catch.hpp"

#include <pgcoro/client/connection_string.hpp>

#include <map>
#include <random>
#include <string>

#include <pgcoro/client/options.hpp>

namespace pg = pgcoro;
using Catch::Matchers::ContainsSubstring;

namespace {

using values = std::map<std::string, std::string>;

values parsed(std::string_view text)
{
    values found;
    pg::connection_settings const settings = pg::parse_connection_string(text);
    for (auto const& each : settings.all())
        found[each.keyword] = each.value;
    return found;
}

std::string refusal(std::string_view text)
{
    try {
        (void)parsed(text);
    } catch (pg::options_error const& error) {
        return error.what();
    }
    return "it was taken";
}

} // namespace

TEST_CASE("a URI's parts are the settings that libpq makes of them")
{
    CHECK(parsed("postgresql://") == values{});
    CHECK(parsed("postgres://us%40er:se%3Acret@db.example.com:6432/shop?application_name=a%20b") ==
          values{{"user", "us@er"}, {"password", "se:cret"}, {"host", "db.example.com"},
              {"port", "6432"}, {"dbname", "shop"}, {"application_name", "a b"}});
    CHECK(parsed("postgresql://h1:1,h2,[::1]:3/d") ==
          values{{"host", "h1,h2,::1"}, {"port", "1,,3"}, {"dbname", "d"}});
    CHECK(parsed("postgresql://%2Fvar%2Frun/d?host=/tmp") ==
          values{{"host", "/tmp"}, {"dbname", "d"}});
    CHECK(parsed("postgresql:///d?ssl=true") == values{{"dbname", "d"}, {"sslmode", "require"}});
    CHECK(parsed("postgresql://u@?hostaddr=10.0.0.1") ==
          values{{"user", "u"}, {"hostaddr", "10.0.0.1"}});
}

TEST_CASE("key=value pairs are read with libpq's quotes and escapes")
{
    CHECK(parsed("") == values{});
    CHECK(parsed(" host = /tmp port=1\tuser='a b\\'c' dbname=x\\ y password=''") ==
          values{{"host", "/tmp"}, {"port", "1"}, {"user", "a b'c"}, {"dbname", "x y"},
              {"password", ""}});
    CHECK(parsed("host=a host=b") == values{{"host", "b"}});
    CHECK(parsed("requiressl=1") == values{{"sslmode", "require"}});
    CHECK(parsed("password=a=b") == values{{"password", "a=b"}});
    CHECK(parsed("user=x\\") == values{{"user", "x"}});
}

TEST_CASE("what is wrong with a connection string is said, and how to mend it")
{
    CHECK_THAT(refusal("sslmod=require"), ContainsSubstring("did you mean sslmode?"));
    CHECK_THAT(refusal("postgresql://h?conect_timeout=1"), ContainsSubstring("connect_timeout?"));
    CHECK_THAT(refusal("database=x"), ContainsSubstring("did you mean dbname?"));
    CHECK_THAT(refusal("Username=x"), ContainsSubstring("did you mean user?"));
    CHECK_THAT(refusal("search_path=x"), ContainsSubstring("options='-c search_path=VALUE'"));
    CHECK_THAT(refusal("postgresql://h/d?currentSchema=x"), ContainsSubstring("-c search_path"));
    CHECK_THAT(refusal("zzzzzzzzzz=1"), !ContainsSubstring("did you mean"));
    CHECK_THAT(refusal("shop"), ContainsSubstring("missing \"=\""));
    CHECK_THAT(refusal("host='a"), ContainsSubstring("unterminated"));
    CHECK_THAT(refusal("postgresql+asyncpg://h"), ContainsSubstring("leave out"));
    CHECK_THAT(refusal("jdbc:postgresql://h"), ContainsSubstring("leave out the jdbc:"));
    CHECK_THAT(refusal("mysql://h"), ContainsSubstring("begins with postgresql://"));
    CHECK_THAT(refusal("postgresql://[::1"), ContainsSubstring("closing ]"));
    CHECK_THAT(refusal("postgresql://[]"), ContainsSubstring("empty"));
    CHECK_THAT(refusal("postgresql://[::1]x"), ContainsSubstring("only a port"));
    CHECK_THAT(refusal("postgresql://a%zz@b"), ContainsSubstring("percent-encoding"));
    CHECK_THAT(refusal("postgresql://a%00@b"), ContainsSubstring("zero byte"));
    CHECK_THAT(refusal("postgresql://h?a"), ContainsSubstring("no value"));
    CHECK_THAT(refusal("postgresql://h?user=a=b"), ContainsSubstring("%3D"));
    CHECK_THAT(refusal(std::string_view{"host=a\0b", 8}), ContainsSubstring("zero byte"));
}

TEST_CASE("no connection string, however it is spoilt, crashes or shows its password")
{
    std::string const secret = "Un5peakable!Pa55word";
    std::string const seeds[] = {
        "postgresql://us%40er:" + secret + "@db.example.com:6432/shop?sslmode=require",
        "postgres://u:" + secret + "@h1:1,h2:2,[::1]:3/db?target_session_attrs=read-write",
        "postgresql:///db?host=/tmp&user=u&password=" + secret + "&options=-c%20geqo%3Doff",
        "host=localhost port=5432 user='a b' password='" + secret + "' dbname=x sslmode=disable",
        "host=a,b hostaddr=127.0.0.1,::1 port=1,2 password=" + secret + " connect_timeout=3",
        "password='" + secret + "\\'x' require_auth=!md5,!password keepalives_idle=4",
    };
    std::string const bits[] = {"%", "%2", "%zz", "'", "\\", "=", "@", ":", "/", "?", "&", "[", "]",
        ",", " ", "\n", "host", "sslmode=", "port=", "requirepeer", "://", "postgres://", "é",
        "\x01"};
    std::mt19937 random{20240611};
    auto const below = [&](std::size_t n) { return random() % n; };
    std::size_t taken = 0;
    for (int round = 0; round < 30'000; ++round) {
        std::string text = seeds[below(std::size(seeds))];
        for (std::size_t changes = below(5); changes != 0; --changes) {
            std::size_t const at = below(text.size() + 1);
            // Its own letters stay together: half a password can't be told from anything else.
            std::size_t const begin = text.find(secret);
            if (begin != std::string::npos && at > begin && at < begin + secret.size())
                continue;
            if (below(2) == 0)
                text.insert(at, bits[below(std::size(bits))]);
            else if (at < text.size() &&
                     (begin == std::string::npos || at < begin || at >= begin + secret.size()))
                text.erase(at, 1);
        }
        INFO(text);
        try {
            pg::options const options{text};
            ++taken;
            // Where the password became the name of a host, or a user, it is none any more.
            bool const misplaced =
                (options.host() + options.user() + options.database() + options.hostaddr() +
                    options.application_name() + options.command_line() + options.passfile() +
                    options.requirepeer() + options.fallback_application_name())
                    .find(secret) != std::string::npos;
            if (!misplaced)
                REQUIRE(to_string(options).find(secret) == std::string::npos);
        } catch (pg::options_error const& error) {
            REQUIRE(std::string{error.what()}.find(secret) == std::string::npos);
        }
    }
    CHECK(taken > 1000);
    CHECK(taken < 29'000);
}
