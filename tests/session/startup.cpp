#include "script.hpp"

#include "catch.hpp"

#include <pgcoro/auth/base64.hpp>
#include <pgcoro/auth/hmac_sha256.hpp>
#include <pgcoro/core/conditions.hpp>

#include <algorithm>

namespace startup_test {

namespace {

using namespace pgcoro;
using namespace backend;
using Catch::Matchers::ContainsSubstring;

login_settings as_app(std::string password = {})
{
    login_settings settings;
    settings.user = "app";
    settings.password = std::move(password);
    settings.parameters = {{"database", "shop"}};
    settings.where = "\"db\", port 5432";
    return settings;
}

messages behind_authentication()
{
    return {authentication_ok(), setting("server_version", "15.4"), key(7, 0x01020304), ready()};
}

constexpr char const* startup = "Startup user=app database=shop";

/// The server's side of SCRAM-SHA-256, with the mistakes that it is told to make.
class scram_server
{
public:
    bool wrong_nonce = false;
    bool same_nonce = false;
    bool wrong_password = false; // the server's
    std::string final_says;      // instead of the signature

    /// In answer to SASLInitialResponse.
    [[nodiscard]] messages first(machine const& m)
    {
        // SCRAM-SHA-256 \0 length n,,n=,r=nonce
        std::string const said = m.last_written.at(0).body;
        client_first_ = said.substr(said.find("n=,r="));
        std::string const nonce = client_first_.substr(5);
        server_first_ = "r=" + (wrong_nonce ? nonce.substr(1) : nonce) +
                        (same_nonce ? "" : "server") + ",s=c2FsdA==,i=1";
        return {asks(11, server_first_)};
    }
    /// In answer to SASLResponse.
    [[nodiscard]] messages last(machine const& m)
    {
        std::string const said = m.last_written.at(0).body;
        std::string const proof = said.substr(said.find(",p=") + 3);
        std::string const transcript =
            client_first_ + ',' + server_first_ + ',' + said.substr(0, said.find(",p="));
        std::string const salt = "salt";
        sha256_digest salted{};
        sha256_digest key{};
        sha256_digest signature{};
        demand(stretch_password(
            wrong_password ? "other" : "pencil", std::as_bytes(std::span{salt}), 1, salted));
        if (!wrong_password) {
            // The client's proof, as a server checks it.
            sha256_digest stored{};
            demand(hmac(salted, "Client Key", key) && sha256(key, stored) &&
                   hmac(stored, transcript, signature));
            for (std::size_t i = 0; i < key.size(); ++i)
                signature[i] ^= key[i];
            demand(proof == base64_encode(signature));
        }
        demand(hmac(salted, "Server Key", key) && hmac(key, transcript, signature));
        return {asks(12, final_says.empty() ? "v=" + base64_encode(signature) : final_says)};
    }

private:
    static void demand(bool holds)
    {
        if (!holds)
            throw std::logic_error{"the client's part of SCRAM is wrong"};
    }

    std::string client_first_;
    std::string server_first_;
};

/// A login up to SASLFinal.
script scram_login(std::string name, std::shared_ptr<scram_server> server,
    std::shared_ptr<scram_memory> memory = nullptr)
{
    script s{std::move(name)};
    // What is written holds a random nonce: the server checks it.
    login_settings settings = as_app("pencil");
    settings.memory = std::move(memory);
    s.log_in(std::move(settings))
        .wrote({startup})
        .server({sasl({"OAUTHBEARER", "SCRAM-SHA-256"})})
        .wrote_anything()
        .server([server](machine const& m) { return server->first(m); })
        .wrote_anything()
        .server([server](machine const& m) { return server->last(m); });
    return s;
}

} // namespace

TEST_CASE("startup without a password")
{
    script{"trust"}
        .log_in(as_app())
        .wrote({startup})
        .server(behind_authentication())
        .wrote({})
        .result("login", {}, {})
        .status('I')
        .open()
        .expect([](machine const& m) -> std::string {
            if (m.state.parameter("server_version") != "15.4")
                return "server_version is not known";
            if (m.state.backend_key().process_id != 7 || m.state.backend_key().secret.size() != 4)
                return "the key is another one";
            return m.state.logging_in() ? "still logging in" : "";
        })
        .run();
}

TEST_CASE("startup with a password in the clear")
{
    script{"cleartext"}
        .log_in(as_app("secret"))
        .wrote({startup})
        .server({asks(3)})
        .wrote({std::string{"Password secret"} + '\0'})
        .server(behind_authentication())
        .result("login", {}, {})
        .open()
        .run();
}

TEST_CASE("startup with MD5")
{
    // echo -n secretapp | md5sum; the digits and "salt" again
    script{"md5"}
        .log_in(as_app("secret"))
        .wrote({startup})
        .server({asks(5, "salt")})
        .act([](machine& m) {
            auto const sent = m.written();
            REQUIRE(sent.size() == 1);
            CHECK(sent[0].type == 'p');
            CHECK(sent[0].body.size() == 36);
            CHECK(sent[0].body.substr(0, 3) == "md5");
        })
        .server(behind_authentication())
        .result("login", {}, {})
        .open()
        .run();
}

TEST_CASE("startup with SCRAM-SHA-256")
{
    auto const server = std::make_shared<scram_server>();
    scram_login("scram", server)
        .server(behind_authentication())
        .result("login", {}, {})
        .open()
        .run();
}

TEST_CASE("SCRAM: what the password was hashed to serves for the next login")
{
    auto const memory = std::make_shared<scram_memory>();
    scram_login("first", std::make_shared<scram_server>(), memory)
        .server(behind_authentication())
        .result("login", {}, {})
        .run_in_pieces();
    CHECK(memory->find("pencil").iterations == 1);
    CHECK(memory->find("other").iterations == 0);

    // Keys of another password: if they are used at all, only such a server takes them.
    scram_keys others;
    std::string const salt = "salt";
    sha256_digest salted{};
    REQUIRE(stretch_password("other", std::as_bytes(std::span{salt}), 1, salted));
    REQUIRE(hmac(salted, "Client Key", others.client_key));
    REQUIRE(hmac(salted, "Server Key", others.server_key));
    others.salt = memory->find("pencil").salt;
    others.iterations = 1;
    memory->keep("pencil", others);
    auto const server = std::make_shared<scram_server>();
    server->wrong_password = true;
    scram_login("known", server, memory)
        .server(behind_authentication())
        .result("login", {}, {})
        .run_in_pieces();
    memory->keep("another", others);
    scram_login("unknown", server, memory).fails<authentication_error>("login").run_in_pieces();
}

TEST_CASE("SCRAM: a server that does not know the password is left")
{
    // Else whoever sits between us and the server would be let in by simply saying Ok.
    auto const server = std::make_shared<scram_server>();
    server->wrong_password = true;
    scram_login("wrong signature", server)
        .fails<authentication_error>("login", "could not prove that it knows the password")
        .closed<authentication_error>("as user \"app\"")
        .run();

    server->final_says = "e=invalid-proof";
    scram_login("an error", server).fails<authentication_error>("login", "invalid-proof").run();
    server->final_says = "v=AAAA";
    scram_login("a short signature", server).fails<authentication_error>("login").run();
    server->final_says = "what";
    scram_login("no SCRAM message", server).fails<authentication_error>("login").run();
}

TEST_CASE("SCRAM: the server's nonce must extend ours")
{
    for (bool const same : {false, true}) {
        auto const server = std::make_shared<scram_server>();
        server->wrong_nonce = !same;
        server->same_nonce = same;
        script{"wrong nonce"}
            .log_in(as_app("pencil"))
            .wrote({startup})
            .server({sasl({"SCRAM-SHA-256"})})
            .wrote_anything()
            .server([server](machine const& m) { return server->first(m); })
            .wrote({})
            .fails<authentication_error>("login", "nonce")
            .run();
    }
}

TEST_CASE("SCRAM: Ok before the server has proved itself is refused")
{
    auto const server = std::make_shared<scram_server>();
    for (int const steps : {0, 1}) {
        script s{"ok after " + std::to_string(steps)};
        s.log_in(as_app("pencil"))
            .wrote({startup})
            .server({sasl({"SCRAM-SHA-256"})})
            .wrote_anything();
        if (steps == 1)
            s.server([server](machine const& m) { return server->first(m); }).wrote_anything();
        s.server({authentication_ok()})
            .fails<authentication_error>("login", "without proving")
            .run();
    }
}

TEST_CASE("SASL: mechanisms that we don't have, and lists that are none")
{
    script{"others"}
        .log_in(as_app("pencil"))
        .wrote({startup})
        .server({sasl({"SCRAM-SHA-1", "OAUTHBEARER"})})
        .wrote({})
        .fails<authentication_error>("login", "SASL mechanisms")
        .run();
    for (std::string const& list : {std::string{"SCRAM-SHA-256"}, text("SCRAM-SHA-256"),
             text("SCRAM-SHA-256") + '\0' + 'x', std::string{}}) {
        script{"cut off"}
            .log_in(as_app("pencil"))
            .wrote({startup})
            .server({asks(10, list)})
            .wrote({})
            .fails<protocol_error>("login", "during the login")
            .run();
    }
}

TEST_CASE("SASL messages without a SASL exchange, and other methods within one, break the protocol")
{
    for (std::string const& each : {asks(11, "r=x,s=QQ==,i=1"), asks(12, "v=x")})
        script{"continue without start"}
            .log_in(as_app("pencil"))
            .wrote({startup})
            .server({each})
            .fails<protocol_error>("login")
            .run();
    // A password in the clear after SCRAM was begun would hand it to who can't prove itself.
    for (std::string const& each : {asks(3), asks(5, "salt"), sasl({"SCRAM-SHA-256"})})
        script{"other method"}
            .log_in(as_app("pencil"))
            .wrote({startup})
            .server({sasl({"SCRAM-SHA-256"})})
            .wrote_anything()
            .server({each})
            .wrote({})
            .fails<protocol_error>("login")
            .run();
}

TEST_CASE("a method that is not supported is named")
{
    script{"gss"}
        .log_in(as_app())
        .wrote({startup})
        .server({asks(7)})
        .fails<authentication_error>("login", "GSSAPI")
        .run();
    script{"kerberos"}
        .log_in(as_app())
        .wrote({startup})
        .server({asks(2)})
        .fails<authentication_error>("login", "Kerberos")
        .run();
}

TEST_CASE("a password is asked for and none was given")
{
    for (std::string const& each : {asks(3), asks(5, "salt"), sasl({"SCRAM-SHA-256"})})
        script{"none given"}
            .log_in(as_app())
            .wrote({startup})
            .server({each})
            .wrote({})
            .fails<authentication_error>("login", "none was given")
            .run();
}

TEST_CASE("the server refuses the login")
{
    script{"refused"}
        .log_in(as_app("wrong"))
        .wrote({startup})
        .server({asks(3)})
        .wrote({std::string{"Password wrong"} + '\0'})
        .server({fatal("28P01", "password authentication failed for user \"app\"")})
        .fails<invalid_password>("login", "connecting to \"db\", port 5432 as user \"app\"")
        .run();
}

TEST_CASE("nothing but authentication is taken from a stranger")
{
    // Settings would be remembered, however many of them come.
    for (std::string const& each : {setting("a", "b"), key(1, 2), ready(), complete("SELECT 1")})
        script{"before Ok"}
            .log_in(as_app())
            .wrote({startup})
            .server({each})
            .fails<protocol_error>("login", "during the login")
            .run();
}

TEST_CASE("a stranger can't make us allocate")
{
    machine m;
    m.log_in(as_app());
    (void)m.written();
    m.feed(lying('N', 64 * 1024 + 1, {}));
    CHECK(is_a<protocol_error>(m.state.closed()));
    CHECK(m.check_ends().empty());
}

TEST_CASE("notices during the login are heard")
{
    script{"notice"}
        .log_in(as_app())
        .wrote({startup})
        .server(messages{notice("hello")} + behind_authentication())
        .result("login", {}, {})
        .expect([](machine const& m) -> std::string {
            return std::ranges::count(m.notices, "hello") == 1 ? "" : "not heard once";
        })
        .run();
}

TEST_CASE("something that is no PostgreSQL server")
{
    script{"http"}
        .log_in(as_app())
        .wrote({startup})
        .server({"HTTP/1.1 400 Bad Request\r\n\r\n"})
        .closed<protocol_error>("is it a PostgreSQL server?")
        .run();
}

TEST_CASE("calls that are started during the login wait for it")
{
    script{"early"}
        .log_in(as_app())
        .wrote({startup})
        .call(simple("a", "SELECT 1"))
        .wrote({})
        .server(behind_authentication())
        .wrote({"Query SELECT 1"})
        .server({complete("SELECT 1"), ready()})
        .result("a", {}, {"SELECT 1"})
        .open()
        .run();
}

} // namespace startup_test
