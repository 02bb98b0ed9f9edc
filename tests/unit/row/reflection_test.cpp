#include "catch.hpp"

#include "pgcoro/row/row_type.hpp"
#include "pgcoro/types/builtin.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace shop {

struct user
{
    int user_id;
    std::string first_name;
    std::optional<std::string> email;
    std::vector<int> numbers;
    std::array<std::byte, 16> id;
    std::string_view view;
    bool is_admin = true;
};

template <class T>
struct pair_of
{
    T first;
    T Second2;
};

struct coordinates
{
    int x, y;
};

struct nested
{
    coordinates from, to;
    std::optional<coordinates> via;
};

struct derived : coordinates
{
    int z;
};

struct no_base
{};

struct derived_from_nothing : no_base
{
    int z;
};

struct widest
{
    int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, c0, c1, c2, c3, c4, c5, c6,
        c7, d0, d1, d2, d3, d4, d5, d6, d7, e0, e1, e2, e3, e4, e5, e6, e7, f0, f1, f2, f3, f4, f5,
        f6, f7, g0, g1, g2, g3, g4, g5, g6, g7, h0, h1, h2, h3, h4, h5, h6, h7;
};

template <class... T>
struct one_of
{
    struct two
    {
        int first;
        int second;
    };
    int only;
};

struct too_wide
{
    widest most;
    int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, c0, c1, c2, c3, c4, c5, c6,
        c7, d0, d1, d2, d3, d4, d5, d6, d7, e0, e1, e2, e3, e4, e5, e6, e7, f0, f1, f2, f3, f4, f5,
        f6, f7, g0, g1, g2, g3, g4, g5, g6, g7, h0, h1, h2, h3, h4, h5, h6, h7;
};

} // namespace shop

namespace {

struct hidden
{
    int first;
    double second = 0.5;
};

template <class T>
std::string names_of()
{
    std::string all;
    for (std::string_view const each : pgcoro::member_names<T>) {
        all += each;
        all += ' ';
    }
    return all;
}

template <class T>
std::string type_name()
{
    return pgcoro::cpp_name<T>::get();
}

} // namespace

TEST_CASE("members are counted and named")
{
    CHECK(names_of<shop::user>() == "user_id first_name email numbers id view is_admin ");
    CHECK(names_of<shop::pair_of<int>>() == "first Second2 ");
    CHECK(names_of<shop::pair_of<std::string>>() == "first Second2 ");
    CHECK(names_of<shop::pair_of<std::pair<int, shop::pair_of<long>>>>() == "first Second2 ");
    CHECK(names_of<shop::one_of<int, long, int>>() == "only ");
    CHECK(names_of<shop::one_of<int, long, int>::two>() == "first second ");
    CHECK(names_of<shop::nested>() == "from to via ");
    STATIC_REQUIRE(pgcoro::member_count<shop::widest> == 64);
    CHECK(pgcoro::member_names<shop::widest>[0] == "a0");
    CHECK(pgcoro::member_names<shop::widest>[31] == "d7");
    CHECK(pgcoro::member_names<shop::widest>[32] == "e0");
    CHECK(pgcoro::member_names<shop::widest>[63] == "h7");
    STATIC_REQUIRE(pgcoro::member_count<shop::too_wide> > pgcoro::max_member_count);
}

TEST_CASE("members of hidden and of local types are named")
{
    struct local
    {
        std::string here;
        int and_there;
    };
    CHECK(names_of<hidden>() == "first second ");
    CHECK(names_of<local>() == "here and_there ");
    CHECK(names_of<shop::pair_of<local>>() == "first Second2 ");
}

TEST_CASE("bases are seen, also empty ones")
{
    STATIC_REQUIRE(pgcoro::has_base<shop::derived>);
    STATIC_REQUIRE(pgcoro::has_base<shop::derived_from_nothing>);
    STATIC_REQUIRE(!pgcoro::has_base<shop::coordinates>);
    STATIC_REQUIRE(!pgcoro::has_base<shop::nested>);
    STATIC_REQUIRE(!pgcoro::has_base<shop::no_base>);
}

TEST_CASE("members are visited by reference")
{
    shop::widest wide{};
    pgcoro::visit_members<64>(wide, [](auto&... members) {
        int value = 0;
        ((members = value++), ...);
    });
    CHECK(wide.a0 == 0);
    CHECK(wide.d7 == 31);
    CHECK(wide.e0 == 32);
    CHECK(wide.h7 == 63);
    shop::pair_of<std::string> const pair{"a", "b"};
    CHECK(pgcoro::visit_members<2>(
              pair, [&](auto&... members) { return (std::string{} + ... + members); }) == "ab");
}

TEST_CASE("types are called as their users call them")
{
    CHECK(type_name<int>() == "int");
    CHECK(type_name<std::string>() == "std::string");
    CHECK(type_name<std::optional<std::string_view>>() == "std::optional<std::string_view>");
    CHECK(type_name<std::vector<std::optional<int>>>() == "std::vector<std::optional<int>>");
    CHECK(type_name<std::tuple<int, std::pair<bool, double>>>() ==
          "std::tuple<int, std::pair<bool, double>>");
    CHECK(type_name<shop::user>() == "shop::user");
    CHECK(type_name<hidden>() == "hidden");
}

TEST_CASE("shapes say what they need and whether they borrow")
{
    using pgcoro::borrows_bytes;
    using pgcoro::needs_columns;
    STATIC_REQUIRE(!needs_columns<int>);
    STATIC_REQUIRE(!needs_columns<std::optional<std::string>>);
    STATIC_REQUIRE(!needs_columns<std::tuple<int, int>>);
    STATIC_REQUIRE(!needs_columns<std::pair<int, int>>);
    STATIC_REQUIRE(needs_columns<hidden>);
    STATIC_REQUIRE(needs_columns<pgcoro::record>);
    STATIC_REQUIRE(!needs_columns<std::array<std::byte, 4>>); // an aggregate, but with a codec

    STATIC_REQUIRE(!borrows_bytes<int>);
    STATIC_REQUIRE(!borrows_bytes<hidden>);
    STATIC_REQUIRE(borrows_bytes<shop::user>);
    STATIC_REQUIRE(borrows_bytes<std::string_view>);
    STATIC_REQUIRE(borrows_bytes<std::tuple<int, std::optional<std::span<std::byte const>>>>);
    STATIC_REQUIRE(borrows_bytes<std::vector<std::string_view>>);
    STATIC_REQUIRE(borrows_bytes<pgcoro::record>);
}

TEST_CASE("a type that was declared within a function is called without it")
{
    struct local
    {
        int id;
    };
    CHECK(type_name<local>() == "local");
    CHECK(type_name<std::vector<local>>() == "std::vector<local>");
    CHECK(type_name<std::tuple<int, std::optional<local>>>() ==
          "std::tuple<int, std::optional<local>>");
    auto const within = [](auto number) {
        struct inner
        {
            decltype(number) id;
        };
        return type_name<inner>();
    };
    CHECK(within(1) == "inner");
    using pgcoro::tidy_name;
    CHECK(tidy_name("shop::f(std::pair<int, long int>, char)::user") == "user");
    CHECK(tidy_name("f()::<lambda(a&)>::operator()(a&)::<lambda()>::_Zf(f()::<lambda(b&)>::g(b<c, "
                    "d>*)::Frame*)::user") == "user");
    CHECK(tidy_name("std::map<f(int, int)::key, g<h(x)::y>::z>") == "std::map<key, g<y>::z>");
    CHECK(tidy_name("std::map<int, f(char)::value>") == "std::map<int, value>");
    CHECK(tidy_name("void (*)(int)") == "void (*)(int)");
}
