#include "script.hpp"

#include "catch.hpp"

namespace kerberos_test {

// Logging in by Kerberos, with a library of the test's own in place of GSSAPI.

namespace {

using namespace pgcoro;
using namespace backend;

std::vector<std::byte> bytes(std::string_view text)
{
    auto const all = std::as_bytes(std::span{text.data(), text.size()});
    return {all.begin(), all.end()};
}

/// Says T1 to begin with, and is content with S1; `service` says what else it may do.
class false_gss final : public gss_context
{
public:
    explicit false_gss(gss_target whom) : whom_{std::move(whom)} {}

    int begin() override { return -1; }
    void end() override
    {
        std::string const said{reinterpret_cast<char const*>(token.data()), token.size()};
        std::string const mine = 'T' + std::to_string(++count_);
        token.clear();
        if (whom_.service == "no-ticket") {
            problem = "No Kerberos credentials available";
        } else if (whom_.service == "speechless") {
            return;
        } else if (count_ == 1 || whom_.service == "endless") {
            token = bytes(mine);
        } else if (said != "S1") {
            problem = "the token is not genuine";
        } else {
            complete = true;
            if (whom_.service == "polite") // has the last word
                token = bytes(mine);
        }
    }

private:
    gss_target whom_;
    int count_ = 0;
};

login_settings as_app(std::string service = "postgres")
{
    login_settings settings;
    settings.user = "app";
    settings.password = "unspeakable";
    settings.where = "\"db\", port 5432";
    settings.gss = [](gss_target const& whom) -> gss_context* { return new false_gss{whom}; };
    settings.gss_service = {std::move(service), "db", false};
    return settings;
}

std::string const startup = "Startup user=app";
std::string const gss = asks(7);
std::string const sspi = asks(9);

std::string go_on(std::string const& token)
{
    return asks(8, token);
}

messages const welcome = {authentication_ok(), key(7, 8), ready()};

} // namespace

TEST_CASE("Kerberos: logged in after two tokens")
{
    for (std::string const& asked : {gss, sspi})
        script{"two tokens"}
            .log_in(as_app())
            .wrote({startup})
            .server({asked})
            .wrote({"Password T1"})
            .server({go_on("S1")})
            .wrote({})
            .server(welcome)
            .result("login", {}, {})
            .open()
            .run();
    script{"three tokens"}
        .log_in(as_app("polite"))
        .wrote({startup})
        .server({gss})
        .wrote({"Password T1"})
        .server({go_on("S1")})
        .wrote({"Password T2"})
        .server(welcome)
        .result("login", {}, {})
        .open()
        .run();
}

TEST_CASE("Kerberos: Ok before the server has proved itself is refused")
{
    script{"at once"}
        .log_in(as_app())
        .wrote({startup})
        .server({gss})
        .wrote({"Password T1"})
        .server(welcome)
        .fails<authentication_error>("login", "without proving who it is")
        .run();
    script{"before our token"}
        .log_in(as_app())
        .wrote({startup})
        .server({gss + authentication_ok()})
        .fails<authentication_error>("login", "without proving who it is")
        .run();
}

TEST_CASE("Kerberos: a wrong token, no ticket, nothing to say")
{
    script{"wrong token"}
        .log_in(as_app())
        .wrote({startup})
        .server({gss})
        .wrote({"Password T1"})
        .server({go_on("forged")})
        .wrote({})
        .fails<authentication_error>("login", "postgres@db: the token is not genuine")
        .run();
    script{"no token"}
        .log_in(as_app())
        .wrote({startup})
        .server({gss})
        .wrote({"Password T1"})
        .server({go_on("")})
        .fails<authentication_error>("login", "not genuine")
        .run();
    script{"no ticket"}
        .log_in(as_app("no-ticket"))
        .wrote({startup})
        .server({gss})
        .wrote({})
        .fails<authentication_error>("login", "no-ticket@db: No Kerberos credentials available")
        .run();
    script{"speechless"}
        .log_in(as_app("speechless"))
        .wrote({startup})
        .server({gss})
        .wrote({})
        .fails<authentication_error>("login", "has not proved who it is")
        .run();
}

TEST_CASE("Kerberos: a server that goes on for ever")
{
    machine m;
    m.log_in(as_app("endless"));
    m.feed(gss);
    int rounds = 0;
    for (; rounds < 1000 && !m.state.closed(); ++rounds)
        m.feed(go_on("S"));
    CHECK(rounds < 20);
    CHECK(is_a<authentication_error>(m.state.closed()));
    CHECK_THAT(text_of(m.state.closed()), Catch::Matchers::ContainsSubstring("for ever"));
    CHECK(m.check_ends().empty());
}

TEST_CASE("Kerberos: messages out of their turn break the protocol")
{
    struct turn
    {
        char const* name;
        std::vector<std::string> said;
    };
    for (auto const& [name, said] : {turn{"unasked", {go_on("S1")}}, turn{"twice", {gss, gss}},
             turn{"within SCRAM", {sasl({"SCRAM-SHA-256"}), gss}},
             turn{"continued within SCRAM", {sasl({"SCRAM-SHA-256"}), go_on("S1")}},
             turn{"SCRAM's within Kerberos", {gss, asks(11, "r=x,s=QQ==,i=1")}},
             turn{"SCRAM's end within Kerberos", {gss, asks(12, "v=x")}},
             turn{"with data", {asks(7, "x")}},
             turn{"after its end", {gss, go_on("S1"), go_on("S1")}}}) {
        machine m;
        m.log_in(as_app());
        for (std::string const& each : said)
            m.feed(each);
        CAPTURE(name);
        CHECK(is_a<protocol_error>(m.state.closed()));
        CHECK(m.check_ends().empty());
    }
}

TEST_CASE("Kerberos: the password is not sent in its place, nor it in the password's")
{
    for (std::string const& each : {asks(3), asks(5, "salt"), sasl({"SCRAM-SHA-256"})}) {
        script{"password after Kerberos"}
            .log_in(as_app())
            .wrote({startup})
            .server({gss})
            .wrote({"Password T1"})
            .server({each})
            .wrote({})
            .fails<authentication_error>("login", "asks twice")
            .run();
    }
    script{"Kerberos after a password"}
        .log_in(as_app())
        .wrote({startup})
        .server({asks(5, "salt")})
        .wrote_anything()
        .server({gss})
        .wrote({})
        .fails<authentication_error>("login", "asks twice")
        .run();
}

TEST_CASE("Kerberos: require_auth and channel_binding have their say")
{
    for (auto const& [asked, method] :
        {std::pair{gss, auth_method::gss}, std::pair{sspi, auth_method::sspi}}) {
        auto only = as_app();
        only.methods = {method};
        script{"only"}
            .log_in(only)
            .wrote({startup})
            .server({asked})
            .wrote({"Password T1"})
            .server({go_on("S1")})
            .server(welcome)
            .result("login", {}, {})
            .run();
        for (std::string const& other : {authentication_ok(), asks(3), sasl({"SCRAM-SHA-256"})})
            script{"another method"}
                .log_in(only)
                .wrote({startup})
                .server({other})
                .wrote({})
                .fails<authentication_error>("login", "require_auth")
                .run();
        auto never = as_app();
        never.methods = auth_methods::all_but({method});
        script{"never"}
            .log_in(never)
            .wrote({startup})
            .server({asked})
            .wrote({})
            .fails<authentication_error>("login", "require_auth rules out")
            .run();
    }
    auto bound = as_app();
    bound.binding = channel_binding::require;
    script{"bound"}
        .log_in(bound)
        .wrote({startup})
        .server({gss})
        .wrote({})
        .fails<authentication_error>("login", "channel_binding=require")
        .run();
}

TEST_CASE("Kerberos: without the library, and without a host's name")
{
    auto without = as_app();
    without.gss = nullptr;
    script{"not included"}
        .log_in(without)
        .wrote({startup})
        .server({gss})
        .wrote({})
        .fails<authentication_error>("login", "does not include pgcoro/net/gssapi.hpp")
        .run();
    for (char const* const host : {"", "/tmp", "@abstract"}) {
        auto local = as_app();
        local.gss_service.host = host;
        script{"no host"}
            .log_in(local)
            .wrote({startup})
            .server({gss})
            .wrote({})
            .fails<authentication_error>("login", "a host's name")
            .run();
    }
}

TEST_CASE("Kerberos: an answer that comes when the login is over is dropped")
{
    machine m;
    m.answers_kerberos = false;
    m.log_in(as_app());
    m.feed(gss);
    REQUIRE(m.state.has_gss_step());
    CHECK(m.state.begin_gss_step() == -1);
    CHECK_FALSE(m.state.has_gss_step()); // it is due once
    (void)m.written();
    m.end();
    m.state.end_gss_step();
    CHECK(m.written().empty());
    CHECK(m.check_ends().empty());
}

TEST_CASE("Kerberos: what comes with the server's last token waits for ours")
{
    // As PostgreSQL sends it: it has no need to wait for what we think of its token.
    script{"in one piece"}
        .log_in(as_app())
        .wrote({startup})
        .server({gss})
        .wrote({"Password T1"})
        .server({go_on("S1") + authentication_ok() + key(7, 8) + ready()})
        .result("login", {}, {})
        .open()
        .run();
    machine m;
    m.answers_kerberos = false;
    m.log_in(as_app());
    m.feed(gss);
    CHECK(m.state.paused());
    m.answer_kerberos();
    CHECK_FALSE(m.state.paused());
    m.feed(go_on("S1") + authentication_ok() + key(7, 8) + ready());
    CHECK(m.state.paused());
    CHECK(m["login"].finished == 0);
    m.answer_kerberos();
    m.tell();
    CHECK(m["login"].finished == 1);
    CHECK_FALSE(m["login"].error);
    CHECK(m.check_ends().empty());
}

} // namespace kerberos_test
