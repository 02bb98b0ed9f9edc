// Types of one's own: an enum of the database as an enum class, alone, in arrays and in rows; a C++
// type that a built-in type carries; and a composite. What each needs is a specialisation of
// pgcoro::codec. PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE say where the server is.

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

// --- An enum. Its labels are the same bytes in both formats, so the codec need not ask. Its OID
// differs from database to database, so it says none: values go as text, and the server finds out
// from the statement that they are moods.

enum class mood
{
    sad,
    ok,
    happy
};

constexpr std::string_view labels[] = {"sad", "ok", "happy"};

template <>
struct pgcoro::codec<mood>
{
    static bool decode(field const& from, mood& to)
    {
        for (std::size_t i = 0; i < std::size(labels); ++i)
            if (labels[i] == from.text()) {
                to = static_cast<mood>(i);
                return true;
            }
        return false; // a label that was added later: the error names the column
    }

    static void encode(mood value, format, byte_writer& to)
    {
        to.put(labels[static_cast<std::size_t>(value)]);
    }
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

// --- A composite, read in its binary form: the number of fields, then for each its OID, length and
// bytes. byte_reader may be asked for more than is there: it then gives zeros, and says so.

struct place
{
    std::string town;
    std::optional<std::int32_t> people;
};

template <>
struct pgcoro::codec<place>
{
    static constexpr format result_format = format::binary;

    static bool decode(field const& from, place& to)
    {
        byte_reader reader{from.bytes()};
        return from.is_binary() && reader.get<std::int32_t>() == 2 && next(reader, to.town) &&
               next(reader, to.people) && reader.exhausted();
    }

    static void encode(place const& value, format, byte_writer& to)
    {
        to.put(std::string_view{"("});
        put_array_element(value.town, to); // quoted as in arrays
        to.put(std::string_view{","});
        if (value.people)
            codec<std::int32_t>::encode(*value.people, format::text, to);
        to.put(std::string_view{")"});
    }

private:
    template <class T>
    static bool next(byte_reader& reader, T& to)
    {
        oid const type{reader.get<std::uint32_t>()};
        auto const size = reader.get<std::int32_t>();
        auto const bytes = reader.get_bytes(size > 0 ? static_cast<std::size_t>(size) : 0);
        return reader.ok() && accepts<T>(type, format::binary) &&
               decode_field(field{bytes.data(), size, type, format::binary}, to);
    }
};

struct person
{
    std::string name;
    mood current;
    std::vector<mood> before;
    std::optional<step_count> walked;
    place home;
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
                          "    before pg_temp.mood[], walked bigint, home pg_temp.place)");

    std::vector<mood> const before{mood::sad, mood::ok};
    place const home{"Brno, \"Bruenn\"", 400000};
    auto const sql = "INSERT INTO person VALUES ($1, $2, $3, $4, $5)";
    co_await conn.execute(sql, "Tomas", mood::happy, before, step_count{3600}, home);
    co_await conn.execute(sql, "John", mood::sad, std::vector<mood>{}, nullptr, home);

    for (person const& each : co_await conn.fetch<person>("SELECT * FROM person")) {
        std::cout << each.name << " is " << labels[static_cast<std::size_t>(each.current)] << " in "
                  << each.home.town << ", was";
        for (mood const past : each.before)
            std::cout << ' ' << labels[static_cast<std::size_t>(past)];
        std::cout << "; walked: " << (each.walked ? each.walked->steps : -1) << '\n';
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
