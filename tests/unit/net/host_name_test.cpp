#include "catch.hpp"

#include <pgcoro/net/host_name.hpp>

using namespace pgcoro;

TEST_CASE("names in certificates, by libpq's rules")
{
    CHECK(names_host("db.example.com", "db.example.com"));
    CHECK(names_host("DB.example.COM", "db.EXAMPLE.com"));
    CHECK(names_host("*.example.com", "db.example.com"));
    CHECK(names_host("*.Example.com", "DB.eXample.com"));
    CHECK_FALSE(names_host("*.example.com", "a.db.example.com"));
    CHECK_FALSE(names_host("*.example.com", "example.com"));
    CHECK_FALSE(names_host("*.example.com", ".example.com"));
    CHECK_FALSE(names_host("*", "localhost"));
    CHECK_FALSE(names_host("*.", "localhost."));
    CHECK_FALSE(names_host("d*.example.com", "db.example.com"));
    CHECK_FALSE(names_host("db.*.com", "db.example.com"));
    CHECK_FALSE(names_host("*.*.com", "db.example.com"));
    CHECK_FALSE(names_host("db.example.co", "db.example.com"));
    CHECK_FALSE(names_host("db.example.com.", "db.example.com"));
    CHECK_FALSE(names_host("", ""));
    CHECK_FALSE(names_host("", "x"));
    // Whoever signed it read it to the zero byte only.
    CHECK_FALSE(names_host({"db.example.com\0.evil.com", 24}, "db.example.com"));
    CHECK_FALSE(names_host({"db\0", 3}, "db"));
}

TEST_CASE("addresses are told from names")
{
    CHECK(as_address("127.0.0.1")->view() == std::string_view{"\x7f\0\0\1", 4});
    CHECK(as_address("::1")->size == 16);
    CHECK_FALSE(as_address("localhost"));
    CHECK_FALSE(as_address("127.0.0.1.example.com"));
    CHECK_FALSE(as_address(""));
}
