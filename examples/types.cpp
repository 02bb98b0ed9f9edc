// PostgreSQL's types beyond numbers and text as C++ values: dates, decimals, ranges, addresses,
// points, bits, full text search, JSON; in and out, in binary, and printed like the server prints
// them. docs/types.md has all of them. PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say where
// the server is.

#include <pgcoro/pgcoro.hpp>
#include <pgcoro/types/all.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pg = pgcoro;

// --- JSON: any type becomes a jsonb column by an adapter. Those for nlohmann-json, Boost.JSON and
// glaze are in types/json_*.hpp; this one is made by hand, for a type that is JSON already.

struct document
{
    std::string text;
};

template <>
struct pgcoro::json_adapter<document>
{
    static bool parse(std::string_view text, document& to)
    {
        to.text = text;
        return true;
    }
    static void print(document const& value, std::string& to) { to += value.text; }
};

// --- A row with a column of each.

struct sample
{
    pg::uuid id;
    pg::numeric price;                              // every digit is kept
    std::chrono::sys_time<std::chrono::seconds> at; // timestamptz
    pg::infinity_or<std::chrono::sys_days> until;   // a date, or for ever
    pg::interval period;
    pg::range<int> seats;
    pg::inet host;
    std::vector<pg::point> corners;
    std::optional<pg::bits> flags;
    pg::tsvector words;
    document extra;
};

std::string variable(char const* name, char const* otherwise)
{
    char const* const value = std::getenv(name);
    return value != nullptr ? value : otherwise;
}

asio::awaitable<void> run()
{
    auto conn = co_await pg::connect(
        pg::options{}
            .host(variable("PGHOST", "localhost"))
            .port(static_cast<std::uint16_t>(std::stoi(variable("PGPORT", "5432"))))
            .user(variable("PGUSER", "postgres"))
            .database(variable("PGDATABASE", "postgres"))
            .password(variable("PGPASSWORD", "")));
    co_await conn.execute(
        "CREATE TEMPORARY TABLE sample (id uuid, price numeric, at timestamptz, until date,"
        " period interval, seats int4range, host inet, corners point[], flags varbit,"
        " words tsvector, extra jsonb)");

    using namespace std::chrono;
    std::vector<pg::point> const corners{{0, 0}, {1, 2.5}};
    document const extra{R"({"colour": "red"})"};
    co_await conn.execute("INSERT INTO sample VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
                          " to_tsvector('english', $10), $11)",
        pg::uuid::parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11").value(), pg::numeric{"12.50"},
        sys_days{2024y / February / 29} + 12h, pg::infinity_or<sys_days>::infinity(),
        pg::interval{.months = 1, .days = 2}, pg::range<int>{1, 10},
        pg::inet::parse("192.168.0.1/24").value(), corners, pg::bits::parse("10110").value(),
        "The fat rats", extra);

    auto const found = "SELECT * FROM sample WHERE words @@ $1 AND host << $2 AND seats @> $3";
    auto const query = pg::tsquery::parse("'rat' & !'cat'").value();
    pg::cidr const network{pg::inet::parse("192.168.0.0/16").value()};
    for (sample const& row : co_await conn.fetch<sample>(found, query, network, 5)) {
        std::cout << "id       " << row.id << '\n'
                  << "price    " << row.price << '\n'
                  << "at       " << pg::to_text(row.at) << '\n'
                  << "until    " << row.until << '\n'
                  << "period   " << row.period << '\n'
                  << "seats    " << pg::to_text(row.seats) << '\n'
                  << "host     " << row.host << " in " << pg::cidr{row.host} << '\n'
                  << "corners  " << row.corners.size() << ", the last " << row.corners.back()
                  << '\n'
                  << "flags    " << row.flags.value_or(pg::bits{}) << '\n'
                  << "words    " << row.words << '\n'
                  << "extra    " << row.extra.text << '\n';
    }

    // A record needs no C++ types at all, and prints the same.
    std::cout << co_await conn.fetch_one("SELECT price, host, corners, words FROM sample") << '\n';
    co_await conn.close();
}

int main()
{
    try {
        asio::io_context context;
        asio::co_spawn(context, run(), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
        context.run();
    } catch (std::exception const& failure) {
        std::cerr << failure.what() << '\n';
        return 1;
    }
}
