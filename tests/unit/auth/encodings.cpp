#include "catch.hpp"

#include <pgcoro/auth/base64.hpp>
#include <pgcoro/auth/md5.hpp>

#include <array>
#include <string>

namespace {

using namespace pgcoro;

std::string encode(std::string const& text)
{
    return base64_encode(std::as_bytes(std::span{text}));
}

bool decodes_to(std::string const& text, std::string const& expected)
{
    std::vector<std::byte> bytes;
    return base64_decode(text, bytes) &&
           std::string(reinterpret_cast<char const*>(bytes.data()), bytes.size()) == expected;
}

} // namespace

TEST_CASE("base64: the examples of RFC 4648")
{
    std::string const text = "foobar";
    char const* const encoded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
    for (std::size_t size = 0; size <= text.size(); ++size) {
        CHECK(encode(text.substr(0, size)) == encoded[size]);
        CHECK(decodes_to(encoded[size], text.substr(0, size)));
    }
}

TEST_CASE("base64: all bytes go there and back")
{
    std::string all;
    for (int i = 0; i < 256; ++i)
        all += static_cast<char>(i);
    for (std::size_t size = 250; size <= 256; ++size)
        CHECK(decodes_to(encode(all.substr(0, size)), all.substr(0, size)));
    CHECK(encode("\xfb\xff\xbf") == "+/+/");
}

TEST_CASE("base64: only the one right spelling is taken")
{
    std::vector<std::byte> bytes;
    for (auto const* text : {"Z", "Zg", "Zg=", "Z===", "====", "=Zg=", "Zg==Zg==", "Zm8=Zm8=",
             "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Zm-_",
             "Zg=="
             "Zm9v"})
        CHECK_FALSE(base64_decode(text, bytes));
    for (int c = 0; c < 256; ++c) {
        std::string text = "AAAA";
        text[1] = static_cast<char>(c);
        bool const digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') || c == '+' || c == '/';
        CHECK(base64_decode(text, bytes) == digit);
    }
}

TEST_CASE("md5: the answer PostgreSQL expects")
{
    // python: "md5" + md5((md5(b"secretpostgres").hexdigest()).encode() +
    // b"\x01\x02\x03\xff").hexdigest()
    std::array const salt{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{0xff}};
    std::string out;
    REQUIRE(md5_password("postgres", "secret", salt, out));
    CHECK(out == "md55fd83a89d76c691d048ba124be308bbe");
    REQUIRE(md5_password("", "", salt, out));
    CHECK(out == "md57148b7ca04ae9b543305ced363e96f93");
}

TEST_CASE("a libcrypto that refuses is reported")
{
    std::array const salt{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    std::string out;
    sha256_digest digest;
    REQUIRE(EVP_set_default_properties(nullptr, "fips=yes") == 1); // no such provider is loaded
    bool const md5 = md5_password("postgres", "secret", salt, out);
    bool const sha = stretch_password("secret", salt, 1, digest);
    REQUIRE(EVP_set_default_properties(nullptr, "") == 1);
    CHECK_FALSE(md5);
    CHECK(out.empty());
    CHECK_FALSE(sha);
    CHECK(md5_password("postgres", "secret", salt, out));
    CHECK(stretch_password("secret", salt, 1, digest));
}
