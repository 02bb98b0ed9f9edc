#include "catch.hpp"

#include <pgcoro/auth/secret.hpp>
#include <pgcoro/client/options.hpp>
#include <pgcoro/session/login.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace {

using pgcoro::secret;

/// Room for an object, which can be looked at when that is gone.
template <class T>
class room
{
public:
    template <class... Arguments>
    T& make(Arguments&&... arguments)
    {
        return *::new (bytes_) T(std::forward<Arguments>(arguments)...);
    }
    /// Whether the text lies somewhere in it.
    [[nodiscard]] bool holds(std::string_view text) const
    {
        std::string seen(sizeof bytes_, '\0');
        auto const* volatile from = bytes_; // what is there, not what the compiler knows of it
        std::memcpy(seen.data(), from, sizeof bytes_);
        return seen.find(text) != std::string::npos;
    }

private:
    alignas(T) unsigned char bytes_[sizeof(T)] = {};
};

// Short: a string holds it within itself.
constexpr char const* text = "unspeakable";

} // namespace

TEST_CASE("a secret leaves nothing behind when it goes, is moved, assigned or wiped")
{
    room<secret> at;
    secret& first = at.make(text);
    CHECK(at.holds(text)); // else the others would show nothing
    first.~secret();
    CHECK_FALSE(at.holds(text));

    secret& moved = at.make(text);
    secret const to{std::move(moved)};
    CHECK(to.text() == text);
    CHECK(moved.empty());
    CHECK_FALSE(at.holds(text));

    moved = text;
    secret also;
    also = std::move(moved);
    CHECK(also.text() == text);
    CHECK_FALSE(at.holds(text));

    moved = to;
    CHECK(at.holds(text));
    moved = secret{"x"};
    CHECK_FALSE(at.holds("nspeakable"));
    moved = to;
    moved = "y";
    CHECK_FALSE(at.holds("nspeakable"));
    moved = to;
    moved.wipe();
    CHECK(moved.empty());
    CHECK_FALSE(at.holds(text));
    moved.~secret();

    room<std::string> string;
    std::string& given = string.make(text);
    secret const taken{std::move(given)};
    CHECK(taken.text() == text);
    CHECK_FALSE(string.holds(text));
    std::destroy_at(&given);
}

TEST_CASE("a long secret is moved and copied whole")
{
    std::string const whole(100, 'x');
    secret first{whole};
    secret copy{first};
    secret moved{std::move(first)};
    CHECK(moved.text() == whole);
    CHECK(first.empty());
    CHECK(copy == moved);
    secret const& same = copy;
    copy = same;
    CHECK(copy.text() == whole);
    copy = {};
    CHECK(copy.empty());
}

TEST_CASE("options and logins leave no password behind")
{
    room<pgcoro::options> given;
    auto& options = given.make();
    options.password(text);
    CHECK(given.holds(text));

    room<pgcoro::tls_options> how;
    auto& tls = how.make();
    tls.key_password = text;
    CHECK(how.holds(text));
    std::destroy_at(&tls);
    CHECK_FALSE(how.holds(text));

    room<pgcoro::login_settings> asked;
    auto& settings = asked.make(options.login());
    CHECK(asked.holds(text));
    room<pgcoro::login> under_way;
    auto& login = under_way.make(std::move(settings));
    CHECK(under_way.holds(text));
    CHECK_FALSE(asked.holds(text));
    std::destroy_at(&settings);

    std::array<std::byte, 4> const ok{};
    pgcoro::byte_writer out;
    CHECK(login.answer(ok, out));
    CHECK_FALSE(under_way.holds(text)); // let in
    std::destroy_at(&login);
    std::destroy_at(&options);
    CHECK_FALSE(given.holds(text));
}
