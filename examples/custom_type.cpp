// Types of one's own: an enum of the database as an enum class, alone, in arrays and in rows; a
// composite as a plain struct; both without a codec. Then a C++ type that a built-in type carries,
// and one with a text of its own: those are specialisations of pgcoro::codec. PGHOST, PGPORT,
// PGUSER, PGPASSWORD and PGDATABASE say where the server is.

#include <pgcoro/pgcoro.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pg = pgcoro;

// --- An enum goes by the names of its enumerators. Not every enum does: it might as well stand for
// a number. (Labels that are no C++ names: pgcoro::enum_labels.)

enum class mood
{
    sad,
    ok,
    happy
};

template <>
inline constexpr bool pgcoro::is_sql_enum<mood> = true;

// --- A composite is a struct, its members in the order of the type's columns.

struct place
{
    std::string town;
    std::optional<std::int32_t> people;
};

// --- A type that goes as a built-in one: the rest is borrowed from that type's codec. With an OID
// it goes and comes in binary, and arrays of it have theirs.

struct step_count
{
    std::int64_t steps = 0;
};

template <>
struct pgcoro::codec<step_count>
{
    static constexpr oid type = oids::int8;
    static constexpr std::int32_t binary_size = 8; // optional: rows are decoded faster

    static bool decode(field const& from, step_count& to)
    {
        std::int64_t count = 0;
        if (!codec<std::int64_t>::decode(from, count))
            return false;
        to = step_count{count};
        return true;
    }

    static void encode(step_count value, format as, byte_writer& to)
    {
        codec<std::int64_t>::encode(value.steps, as, to);
    }
};

// --- A type with a text of its own. It says no OID, so it goes as text, and the server finds out
// from the statement what it is.

struct isbn
{
    std::string digits; ///< without the hyphens
};

template <>
struct pgcoro::codec<isbn>
{
    static bool decode(field const& from, isbn& to)
    {
        to.digits.clear();
        for (char const c : from.text())
            if (c != '-')
                to.digits += c;
        return to.digits.size() == 13; // else the error names the column
    }

    static void encode(isbn const& value, format, byte_writer& to)
    {
        to.put(std::string_view{value.digits});
    }
};

struct person
{
    std::string name;
    mood current;
    std::vector<mood> before;
    std::optional<step_count> walked;
    place home;
    isbn reading;
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
    co_await conn.execute("CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok', 'happy');"
                          "CREATE TYPE pg_temp.place AS (town text, people int);"
                          "CREATE TEMPORARY TABLE person (name text, current pg_temp.mood,"
                          "    before pg_temp.mood[], walked bigint, home pg_temp.place,"
                          "    reading text)");

    std::vector<mood> const before{mood::sad, mood::ok};
    place const home{"Brno, \"Bruenn\"", 400000};
    isbn const novel{"9788090246614"};
    auto const sql = "INSERT INTO person VALUES ($1, $2, $3, $4, $5, $6)";
    co_await conn.execute(sql, "Tomas", mood::happy, before, step_count{3600}, home, novel);
    co_await conn.execute(sql, "John", mood::sad, std::vector<mood>{}, nullptr, home, novel);

    for (person const& each : co_await conn.fetch<person>("SELECT * FROM person")) {
        std::cout << each.name << " is " << pg::label_of(each.current) << " in " << each.home.town
                  << ", was";
        for (mood const past : each.before)
            std::cout << ' ' << pg::label_of(past);
        std::cout << "; walked: " << (each.walked ? each.walked->steps : -1) << "; reads "
                  << each.reading.digits << '\n';
    }
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
