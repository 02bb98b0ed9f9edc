#include "script.hpp"

#include "catch.hpp"

#include <algorithm>

namespace login_demands_test {

// What we demand of a server before we let it log us in: methods, channel binding, the protocol's
// version.

namespace {

using namespace pgcoro;
using namespace backend;

login_settings as_app()
{
    login_settings settings;
    settings.user = "app";
    settings.password = "pencil";
    settings.where = "\"db\", port 5432";
    return settings;
}

login_settings with_tls(channel_binding how, bool hash = true, bool verified = true)
{
    login_settings settings = as_app();
    settings.binding = how;
    settings.tls.encrypted = true;
    settings.tls.verified = verified;
    if (hash)
        settings.tls.certificate_hash = {std::byte{1}, std::byte{2}};
    return settings;
}

struct outcome
{
    std::string sent;    // behind the startup message
    std::string problem; // empty if the login is still under way
};

/// What a login does when the server says these.
outcome after(login_settings settings, messages const& said)
{
    machine m;
    m.log_in(std::move(settings));
    (void)m.written();
    for (std::string const& each : said)
        m.feed(each);
    outcome found;
    for (auto const& each : m.written())
        found.sent += each.body;
    if (m.state.closed()) {
        try {
            std::rethrow_exception(m.state.closed());
        } catch (error const& problem) {
            found.problem = problem.what();
        }
    }
    CHECK(m.check_ends().empty());
    return found;
}

bool begins_with(std::string const& text, std::string const& mechanism, std::string const& header)
{
    return text.starts_with(mechanism + '\0') && text.find(header + ",,n=") != std::string::npos;
}

auto const both = sasl({"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"});
auto const plain = sasl({"SCRAM-SHA-256"});
auto const bound = sasl({"SCRAM-SHA-256-PLUS"});

} // namespace

TEST_CASE("channel binding is used where TLS and the server have it")
{
    for (auto const how : {channel_binding::prefer, channel_binding::require})
        for (std::string const& offer : {both, bound}) {
            auto const done = after(with_tls(how), {offer});
            CHECK(done.problem.empty());
            CHECK(begins_with(done.sent, "SCRAM-SHA-256-PLUS", "p=tls-server-end-point"));
        }
    CHECK(
        begins_with(after(with_tls(channel_binding::disable), {both}).sent, "SCRAM-SHA-256", "n"));
    CHECK(after(with_tls(channel_binding::disable), {bound}).problem.find("none of the SASL") !=
          std::string::npos);
}

TEST_CASE("an offer of channel binding that was taken away is told to the server")
{
    auto const done = after(with_tls(channel_binding::prefer), {plain});
    CHECK(done.problem.empty());
    CHECK(begins_with(done.sent, "SCRAM-SHA-256", "y"));
    CHECK(
        begins_with(after(with_tls(channel_binding::disable), {plain}).sent, "SCRAM-SHA-256", "n"));
    CHECK(begins_with(after(as_app(), {plain}).sent, "SCRAM-SHA-256", "n"));
}

TEST_CASE("channel binding that is required is required of every method")
{
    auto const required = with_tls(channel_binding::require);
    for (std::string const& each : {plain, asks(3), asks(5, "salt"), authentication_ok()}) {
        auto const done = after(required, {each});
        CHECK(done.sent.empty());
        CHECK(done.problem.find("channel_binding=require") != std::string::npos);
    }
    auto without_tls = as_app();
    without_tls.binding = channel_binding::require;
    for (std::string const& each : {plain, asks(3), authentication_ok()}) {
        auto const done = after(without_tls, {each});
        CHECK(done.sent.empty());
        CHECK(done.problem.find("channel_binding=require") != std::string::npos);
    }
}

TEST_CASE("channel binding offered without TLS: somebody took the encryption away")
{
    for (auto const how : {channel_binding::disable, channel_binding::prefer}) {
        auto settings = as_app();
        settings.binding = how;
        auto const done = after(settings, {both});
        CHECK(done.sent.empty());
        CHECK(done.problem.find("without TLS") != std::string::npos);
    }
}

TEST_CASE("a certificate to which nothing can be bound")
{
    // To do without is no risk once the certificate has been verified.
    auto const known = after(with_tls(channel_binding::prefer, false, true), {both});
    CHECK(known.problem.empty());
    CHECK(begins_with(known.sent, "SCRAM-SHA-256", "n"));
    for (auto const& settings : {with_tls(channel_binding::prefer, false, false),
             with_tls(channel_binding::require, false, true)}) {
        auto const done = after(settings, {both});
        CHECK(done.sent.empty());
        CHECK(done.problem.find("Ed25519") != std::string::npos);
    }
    CHECK(begins_with(after(with_tls(channel_binding::disable, false, false), {both}).sent,
        "SCRAM-SHA-256", "n"));
}

TEST_CASE("methods that require_auth rules out get no answer")
{
    struct question
    {
        auth_method method;
        std::string asked;
    };
    question const questions[] = {{auth_method::none, authentication_ok()},
        {auth_method::password, asks(3)}, {auth_method::md5, asks(5, "salt")},
        {auth_method::scram_sha_256, plain}};
    for (auto const& [method, asked] : questions) {
        for (auto const& [allowed, unused] : questions) {
            for (bool const negated : {false, true}) {
                auto settings = as_app();
                settings.methods =
                    negated ? auth_methods::all_but({allowed}) : auth_methods{allowed};
                bool const may = (method == allowed) != negated;
                auto const done = after(settings, {asked});
                CAPTURE(auth_method_name(method), auth_method_name(allowed), negated);
                CHECK(done.problem.empty() == may);
                if (!may) {
                    CHECK(done.sent.empty());
                    CHECK(done.problem.find("require_auth") != std::string::npos);
                }
            }
        }
    }
}

TEST_CASE("a password is given once")
{
    auto const done = after(as_app(), {asks(5, "salt"), asks(3)});
    CHECK(done.problem.find("twice") != std::string::npos);
    CHECK(done.sent.find("pencil") == std::string::npos);
}

namespace {

std::string negotiate(std::uint32_t version, std::uint32_t count = 0, std::string const& names = {})
{
    return message('v', number(version) + number(count) + names);
}

login_settings of_versions(std::uint32_t lowest, std::uint32_t highest)
{
    auto settings = as_app();
    settings.lowest_protocol = lowest;
    settings.highest_protocol = highest;
    return settings;
}

std::string long_key(std::size_t size)
{
    return message('K', number(std::uint32_t{7}) + std::string(size, 'k'));
}

} // namespace

TEST_CASE("the server may speak an older version of the protocol")
{
    constexpr auto v3 = protocol_version_3_0;
    constexpr auto v32 = protocol_version_3_2;
    auto const newest = of_versions(v3, v32);
    auto const rest = authentication_ok() + key(1, 2) + ready();
    CHECK(after(newest, {rest}).problem.empty());
    CHECK(after(newest, {negotiate(v3), rest}).problem.empty());
    auto const refused = after(of_versions(v32, v32), {negotiate(v3), rest});
    CHECK(
        refused.problem.find("version 3.0, and min_protocol_version is 3.2") != std::string::npos);
    // Nothing to negotiate, or what nobody asked for.
    for (std::string const& each : {negotiate(v32), negotiate(v32 + 1), negotiate(v3 - 1),
             negotiate(v3) + negotiate(v3), negotiate(v3, 1, text("_pq_.x")), negotiate(v3, 1),
             negotiate(v3, 0xffffffff, text("a")), negotiate(v3, 0, "x"), message('v', "abc")})
        CHECK(after(newest, {each + rest}).problem.find("broke the protocol") != std::string::npos);
    CHECK(after(as_app(), {negotiate(v3) + rest}).problem.find("broke the protocol") !=
          std::string::npos);
    CHECK(after(newest, {asks(3) + negotiate(v3) + rest}).problem.find("broke the protocol") !=
          std::string::npos);
}

TEST_CASE("keys for cancelling have 4 bytes, and up to 256 from version 3.2 on")
{
    auto const newest = of_versions(protocol_version_3_0, protocol_version_3_2);
    for (std::size_t const size : {0U, 3U, 4U, 5U, 32U, 256U, 257U}) {
        auto const rest = authentication_ok() + long_key(size) + ready();
        bool const fits = size >= 4 && size <= 256;
        CHECK(after(newest, {rest}).problem.empty() == fits);
        CHECK(after(as_app(), {rest}).problem.empty() == (size == 4));
        CHECK(
            after(newest, {negotiate(protocol_version_3_0) + rest}).problem.empty() == (size == 4));
    }
}

TEST_CASE("without a key there is nothing to cancel with")
{
    machine m;
    m.log_in(as_app());
    (void)m.written();
    m.feed(authentication_ok() + ready());
    CHECK_FALSE(m.state.closed());
    CHECK(m.state.backend_key().secret.empty());
    CHECK_FALSE(m.state.may_cancel());
}

} // namespace login_demands_test
