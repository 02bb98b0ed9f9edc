#include "script.hpp"

#include "catch.hpp"

// Servers that do in the login what they must not: each ends in an error that names the login.

namespace {

using namespace pgcoro;
using namespace backend;

login_settings as_app()
{
    login_settings settings;
    settings.user = "app";
    settings.password = "unspeakable";
    settings.where = "\"db\", port 5432";
    settings.highest_protocol = protocol_version_3_2;
    return settings;
}

/// What a login ends with when the server says this and is gone; empty if it was let in.
std::string ends_with(std::string const& said, std::size_t chunk = 1024)
{
    machine m;
    m.chunk = chunk;
    m.log_in(as_app());
    m.feed(said);
    m.end();
    std::string text;
    if (m.records.at("login")->error) {
        try {
            std::rethrow_exception(m.records.at("login")->error);
        } catch (error const& failed) {
            text = failed.what();
        }
        CHECK(text.find("unspeakable") == std::string::npos);
        CHECK(text.find("connecting to \"db\", port 5432 as user \"app\"") != std::string::npos);
    }
    CHECK(m.check_ends().empty());
    return text;
}

std::string const version = message('v', number(std::uint32_t{0x30000}) + number(0U));

/// Whole logins; behind the last message of each the server is ready.
std::vector<std::string> logins()
{
    std::string const rest = authentication_ok() + setting("server_version", "15.4") +
                             notice("hello") + key(7, 8) + ready();
    return {rest, version + rest, notice("early") + asks(3) + rest, asks(5, "salt") + rest};
}

} // namespace

TEST_CASE("a login cut off at each byte")
{
    for (std::string const& whole : logins()) {
        CHECK(ends_with(whole).empty());
        CHECK(ends_with(whole, 1).empty());
        for (std::size_t size = 0; size < whole.size(); ++size)
            CHECK_FALSE(ends_with(whole.substr(0, size)).empty());
    }
}

TEST_CASE("a login with any byte of its messages' headers changed")
{
    for (std::string const& whole : logins()) {
        for (std::size_t at = 0; at < whole.size();) {
            std::size_t const size =
                1 + (static_cast<std::size_t>(static_cast<unsigned char>(whole[at + 3])) << 8U) +
                static_cast<unsigned char>(whole[at + 4]);
            for (std::size_t i = 0; i < 5; ++i) {
                for (int const change : {0x01, 0x10, 0x80, 0xff}) {
                    auto changed = whole;
                    changed[at + i] = static_cast<char>(changed[at + i] ^ change);
                    auto const text = ends_with(changed);
                    // A notice or setting may be taken for another one that may stand there.
                    if (text.empty()) {
                        CAPTURE(at, i, change);
                        CHECK(i == 0);
                        CHECK((whole[at] == 'N' || whole[at] == 'S' || whole[at] == 'K'));
                    }
                }
            }
            at += size;
        }
    }
}

TEST_CASE("every message that has no place before the login is done")
{
    for (std::string const& before :
        {std::string{}, version, asks(3), sasl({"SCRAM-SHA-256"}), authentication_ok()}) {
        for (int type = 0; type < 256; ++type) {
            char const code = static_cast<char>(type);
            bool const may_come = code == 'N' || code == 'E' || code == 'R' || code == 'v' ||
                                  code == 'S' || code == 'K' || code == 'Z';
            for (std::string const& body : {std::string{}, std::string(8, '\0')}) {
                if (may_come && !body.empty())
                    continue; // may be one
                CHECK_FALSE(ends_with(before + message(code, body)).empty());
            }
        }
    }
}

TEST_CASE("a server that never ends: what it says is not kept")
{
    machine m;
    m.log_in(as_app());
    m.feed(authentication_ok());
    for (int i = 0; i < 20'000 && !m.state.closed(); ++i)
        m.feed(setting("setting" + std::to_string(i), "value"));
    CHECK(m.state.closed() != nullptr);

    machine noisy;
    noisy.log_in(as_app());
    for (int i = 0; i < 20'000; ++i)
        noisy.feed(notice("hello"));
    CHECK(noisy.state.closed() == nullptr); // the time limit of connecting ends it
    CHECK(noisy.largest_room <= 65536);
}
