#include "catch.hpp"
#include "environment.hpp"

#include <pgcoro/client/options.hpp>

#include <sstream>
#include <string>

namespace pg = pgcoro;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string refusal(std::string const& text)
{
    try {
        pg::options const never{text};
    } catch (pg::options_error const& error) {
        return error.what();
    }
    return "it was taken";
}

std::string parameter(pg::options const& of, std::string const& name)
{
    pg::login_settings const sent = of.login();
    for (auto const& [each, value] : sent.parameters)
        if (each == name)
            return value;
    return "not sent";
}

} // namespace

TEST_CASE("what the string leaves open is filled by the service, then by the environment")
{
    clean_environment environment;
    environment.set("PGHOST", "from-environment");
    environment.set("PGPORT", "1111");
    environment.set("PGUSER", "env");
    environment.set("PGSSLMODE", "verify-ca");
    environment.write(".pg_service.conf", "# ours\n[shop]\nport=2222\nuser=service\n");
    pg::options const all{"service=shop user=text"};
    CHECK(all.host() == "from-environment");
    CHECK(all.port() == 2222);
    CHECK(all.user() == "text");
    CHECK(all.tls().mode == pg::ssl_mode::verify_ca);
    CHECK(all.passfile() == environment.home() + "/.pgpass");
    CHECK(pg::options::from_environment().user() == "env");
    CHECK(pg::options{"user="}.user().empty());
    CHECK(pg::options{}.host().empty());
    CHECK(pg::options{}.user().empty());
    CHECK(pg::options{}.passfile().empty());
}

TEST_CASE("a wrong value in the environment or a service is named with its place")
{
    clean_environment environment;
    environment.set("PGSSLMODE", "maybe");
    CHECK_THAT(refusal(""), ContainsSubstring("(from PGSSLMODE)"));
    environment.unset("PGSSLMODE");
    auto const file = environment.write(
        ".pg_service.conf", "[a]\nhots=x\n[b]\nport\n[c]\nservice=a\n[d]\nldap://x\n");
    CHECK_THAT(refusal("service=a"), ContainsSubstring(file + ", line 2"));
    CHECK_THAT(refusal("service=a"), ContainsSubstring("did you mean host?"));
    CHECK_THAT(refusal("service=b"), ContainsSubstring("line 4"));
    CHECK_THAT(refusal("service=c"), ContainsSubstring("another one"));
    CHECK_THAT(refusal("service=d"), ContainsSubstring("LDAP"));
    CHECK_THAT(refusal("service=e"), ContainsSubstring("\"e\" is not defined in " + file));
    environment.set("PGSERVICEFILE", "/nonexistent");
    CHECK_THAT(refusal("service=a"), ContainsSubstring("can't be read"));
}

TEST_CASE("hosts, addresses and ports are matched one by one")
{
    clean_environment environment;
    auto const servers = pg::options{"host=a,,/tmp,@x hostaddr=,10.0.0.1,, port=1,,3,4"}.servers();
    REQUIRE(servers.size() == 4);
    CHECK(servers[0].text() == "\"a\", port 1");
    CHECK(servers[1].text() == "\"10.0.0.1\", port 5432");
    CHECK(servers[2].is_unix_socket());
    CHECK(servers[3].is_unix_socket());
    CHECK(pg::options{"host=a,b port=7"}.servers()[1].port == 7);
    CHECK(pg::options{}.add_host("a").add_host("b", 2).servers() ==
          std::vector<pg::server_host>{{"a", 5432}, {"b", 2}});
    CHECK_THAT(refusal("host=a,b port=1,2,3"), ContainsSubstring("3 ports for 2 servers"));
    CHECK_THAT(refusal("host=a,b hostaddr=::1"), ContainsSubstring("host names 2 servers"));
    environment.set("PGPORT", "1,2");
    CHECK_THAT(refusal("host=a"), ContainsSubstring("; port is (from PGPORT)"));
    environment.unset("PGPORT");
    for (char const* const port : {"0", "65536", "x", "-1", "1x", "99999999999"})
        CHECK_THAT(refusal("port=" + std::string{port}), ContainsSubstring("invalid port"));
    CHECK_THAT(refusal("postgresql://u:p@ss@host"), ContainsSubstring("%40"));
}

TEST_CASE("a password that stands in the wrong place is not shown")
{
    clean_environment const environment;
    for (char const* const wrong : {"postgresql://u:unspeakable@h:notaport/",
             "postgres:unspeakable@host/db", "postgress://u:unspeakable@h/db?x=1",
             "password=very unspeakable", "postgresql://u:x/unspeakable@h",
             "postgresql://u@h?unspeakable", "postgresql://u@h?Unspeakable=unspeakable",
             "postgresql://u:p@unspeakable@h", "postgresql://u:unspeakable%@h",
             "sslmode=x;Password=unspeakable", "port=1;password=unspeakable"}) {
        INFO(wrong);
        std::string const text = refusal(wrong);
        CHECK(text != "it was taken");
        CHECK(text.find("unspeakable") == std::string::npos);
    }
}

TEST_CASE("each parameter is understood, and a wrong value gets the right ones told")
{
    clean_environment const environment;
    pg::options const all{
        "target_session_attrs=prefer-standby load_balance_hosts=random connect_timeout=7 "
        "require_auth=scram-sha-256,none channel_binding=require sslmode=verify-full "
        "sslnegotiation=direct sslrootcert=r sslcert=c sslkey=k sslpassword=p sslcertmode=require "
        "sslcrl=l sslcrldir=d sslsni=0 ssl_min_protocol_version=tlsv1.3 requirepeer=postgres "
        "keepalives=1 keepalives_idle=2 keepalives_interval=3 keepalives_count=4 "
        "tcp_user_timeout=5 fallback_application_name=f options='-c geqo=off' passfile=/p "
        "gssencmode=prefer krbsrvname=x gsslib=gssapi gssdelegation=1 sslcompression=1 "
        "replication=false "
        "client_encoding=utf-8 min_protocol_version=3.0 max_protocol_version=latest"};
    CHECK(all.target_session_attrs() == pg::target_session::prefer_standby);
    CHECK(all.load_balance_hosts());
    CHECK(all.connect_timeout() == 7s);
    CHECK(all.require_auth() ==
          pg::auth_methods{pg::auth_method::none, pg::auth_method::scram_sha_256});
    CHECK(all.channel_binding() == pg::channel_binding::require);
    CHECK(all.tls().mode == pg::ssl_mode::verify_full);
    CHECK(all.tls().negotiation == pg::ssl_negotiation::direct);
    CHECK(all.tls().key_password == "p");
    CHECK(all.tls().certificate_mode == pg::client_certificate::require);
    CHECK_FALSE(all.tls().sni);
    CHECK(all.tls().minimum_version == "TLSv1.3");
    CHECK(all.requirepeer() == "postgres");
    CHECK(all.socket() == pg::socket_settings{true, 2s, 3s, 4, 5ms});
    CHECK(parameter(all, "application_name") == "f");
    CHECK(parameter(all, "options") == "-c geqo=off");
    CHECK(all.passfile() == "/p");
    CHECK(all.krbsrvname() == "x");
    CHECK(all.gssdelegation());
    CHECK(all.login().gss_service == pg::gss_target{"x", "", true});
    CHECK(pg::options{"krbsrvname='' gssdelegation=0"}.login().gss_service == pg::gss_target{});
    CHECK(pg::options{"sslrootcert=system"}.tls().mode == pg::ssl_mode::verify_full);
    CHECK(pg::options{"connect_timeout=-1"}.connect_timeout() == 0s);
    CHECK(pg::options{"require_auth=!md5"}.require_auth() ==
          pg::auth_methods::all_but({pg::auth_method::md5}));

    for (auto const& [text, part] :
        std::initializer_list<std::pair<char const*, char const*>>{
            {"sslmode=requir", "did you mean require?"}, {"sslmode=", "one of disable, allow"},
            {"target_session_attrs=master", "one of any, read-write"},
            {"load_balance_hosts=yes", "disable, random"}, {"connect_timeout=1m", "whole number"},
            {"keepalives_idle=x", "whole number"}, {"require_auth=md5,!password", "either all"},
            {"require_auth=md5,md5", "twice"}, {"require_auth=oauth", "one of none"},
            {"channel_binding=on", "disable, prefer, require"},
            {"client_encoding=LATIN1", "always UTF8"}, {"gssencmode=require", "does not encrypt"},
            {"replication=database", "not supported"},
            {"min_protocol_version=3.2 max_protocol_version=3.0", "above"},
            {"sslrootcert=system sslmode=require", "verify-full"},
            {"sslnegotiation=direct", "sslmode=require"},
            {"ssl_min_protocol_version=SSLv3", "TLSv1"},
            {"ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2", "above"},
            {"sslkeylogfile=/tmp/x", "can't be used"}, {"oauth_issuer=x", "token as the password"}})
        CHECK_THAT(refusal(text), ContainsSubstring(part));
}

TEST_CASE("what options print is a connection string that says the same, without the password")
{
    clean_environment environment;
    environment.write(".pgpass", "");
    for (char const* const text :
        {"", "host='a b,c' port=1,2 user=u password=unspeakable dbname='it\\'s' connect_timeout=3",
            "host=x sslmode=verify-full sslrootcert=system require_auth=!md5,!none sslsni=0",
            "host=x krbsrvname=shop gssdelegation=1",
            "hostaddr=::1 target_session_attrs=standby load_balance_hosts=random options='-c a=b'",
            "host=/tmp requirepeer=me keepalives=0 keepalives_idle=3 tcp_user_timeout=9",
            "sslmode=require sslnegotiation=direct sslpassword=unspeakable "
            "application_name=a\\\\b"}) {
        pg::options const first{text};
        std::ostringstream out;
        out << first;
        CHECK(out.str() == to_string(first));
        CHECK(out.str().find("unspeakable") == std::string::npos);
        pg::options again{out.str()};
        auto tls = first.tls();
        tls.key_password.wipe();
        CHECK(again == pg::options{first}.password("").tls(tls));
    }
    CHECK_FALSE(pg::options{"password=a"} == pg::options{"password=b"});
}

TEST_CASE("the strings that hosted services hand out are taken as they are")
{
    clean_environment const environment;
    pg::options const neon{"postgresql://alex:AbC123dEf@ep-cool-darkness-a1b2c3d4-pooler.us-east-2."
                           "aws.neon.tech/dbname?sslmode=require&channel_binding=require"};
    CHECK(neon.host() == "ep-cool-darkness-a1b2c3d4-pooler.us-east-2.aws.neon.tech");
    CHECK(neon.channel_binding() == pg::channel_binding::require);
    CHECK(neon.tls().mode == pg::ssl_mode::require);
    pg::options const endpoint{"postgres://u:p@h/db?options=endpoint%3Dep-cool&sslmode=require"};
    CHECK(endpoint.command_line() == "endpoint=ep-cool");
    pg::options const supabase{"postgresql://postgres.abcdefgh:p%40ss@aws-0-eu-central-1.pooler."
                               "supabase.com:6543/postgres"};
    CHECK(supabase.user() == "postgres.abcdefgh");
    CHECK(supabase.port() == 6543);
    pg::options const azure{"host=x.postgres.database.azure.com port=5432 dbname={db} "
                            "user=me@x password='p w' sslmode=require"};
    CHECK(azure.user() == "me@x");
    CHECK(azure.database() == "{db}");
    pg::options const digital_ocean{
        "postgresql://doadmin:x@db-1-do-user-1-0.b.db.ondigitalocean.com:25060/defaultdb?"
        "sslmode=require"};
    CHECK(digital_ocean.port() == 25060);
    pg::options const cockroach{"postgresql://u:p@c-1.abc.cockroachlabs.cloud:26257/defaultdb?"
                                "sslmode=verify-full&sslrootcert=system&options=--cluster%3Dc-1"};
    CHECK(cockroach.command_line() == "--cluster=c-1");
    pg::options const failover{"postgresql://u:p@a.internal:5432,b.internal:5432/app?"
                               "target_session_attrs=read-write&connect_timeout=5"};
    CHECK(failover.servers().size() == 2);
    pg::options const heroku{"postgres://ubx:92f@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d1"};
    CHECK(heroku.database() == "d1");
    pg::options const cloud_sql{
        "postgresql:///shop?host=/cloudsql/project:region:instance&user=app"};
    CHECK(cloud_sql.servers().front().is_unix_socket());
}

TEST_CASE("a password may be a function")
{
    auto const plain = pg::options{}.password([] { return std::string{"token"}; });
    CHECK(plain.has_password());
    REQUIRE(plain.password_function().giving<std::string>() != nullptr);
    CHECK((*plain.password_function().giving<std::string>())() == "token");
    CHECK(plain.password_function().giving<int>() == nullptr);
    CHECK(plain == pg::options{plain});
    CHECK_FALSE(plain == pg::options{}.password([] { return std::string{"token"}; }));
    CHECK_FALSE(pg::options{plain}.password("fixed").password_function());
}

TEST_CASE("settings of the session: the last word counts, and text stays UTF8")
{
    CHECK(parameter(pg::options{}.user("u"), "database") == "u");
    CHECK(parameter(pg::options{}.user("u"), "application_name") == "not sent");
    auto const both =
        pg::options{}.user("u").application_name("a").server_setting("application_name", "b");
    CHECK(parameter(both, "application_name") == "b");
    CHECK(
        parameter(pg::options{}.user("u").server_setting("search_path", ""), "search_path") == "");
    CHECK_THROWS_AS(pg::options{}.user("u").server_setting("client_encoding", "LATIN1").login(),
        pg::options_error);
    CHECK_THROWS_AS(pg::options{}.user(std::string("a\0b", 3)).login(), pg::options_error);
    CHECK_FALSE(pg::options{}.login().user.empty()); // the system's
    clean_environment environment;
    environment.set("PGTZ", "Asia/Tokyo");
    environment.set("PGDATESTYLE", "default");
    CHECK(parameter(pg::options{"user=u"}, "timezone") == "Asia/Tokyo");
    CHECK(parameter(pg::options{"user=u"}, "datestyle") == "not sent");
}
