#include "catch.hpp"
#include "counted_bytes.hpp"
#include "fields.hpp"

#include "pgcoro/types/all.hpp"
#include "pgcoro/types/json_form.hpp"

#include <chrono>

// Whatever bytes come as a value, of whatever length: no codec looks outside of them, and none
// makes room for much more than came, whatever their counts say. Counted is what operator new is
// asked for.

using namespace testing_fields;
namespace pg = pgcoro;
namespace oids = pgcoro::oids;
using pg::format;

namespace {

enum class mood
{
    sad,
    ok
};

struct place
{
    std::string town;
    std::optional<int> people;
};

struct wide
{
    std::array<std::string, 40> names;
};

constexpr pg::oid some_oid{16400};

/// A vector of elements that cost two bytes each ("a,") may take this much, as it grows.
constexpr std::size_t worst_factor = 128;
constexpr std::size_t unconditional = 1024;

template <class T>
void decode_one(bytes const& value, pg::oid type, format as, bool& accepted)
{
    owned_field const from{value, type, as};
    std::size_t const before = counted_bytes();
    T to{};
    accepted = pg::decode_field(from.get(), to);
    std::size_t const spent = counted_bytes() - before;
    if (spent > worst_factor * value.size() + unconditional) {
        CAPTURE(value.size(), spent, static_cast<int>(as));
        CHECK(spent <= worst_factor * value.size() + unconditional);
    }
    if (as == format::binary && pg::has_text_form(type)) {
        std::string text;
        pg::append_text(from.get(), text);
        pg::append_json(from.get(), text);
    }
}

/// Every length from none to twice its own; every byte changed; every word a count of the worst.
template <class T>
void attack(bytes const& good, pg::oid type, format as)
{
    bool accepted = false;
    decode_one<T>(good, type, as, accepted);
    CHECK(accepted);
    for (std::size_t size = 0; size <= 2 * good.size(); ++size) {
        bytes cut = good;
        cut.resize(size);
        decode_one<T>(cut, type, as, accepted);
    }
    std::mt19937 random{20240229};
    for (std::size_t size = 0; size <= 2 * good.size(); ++size)
        for (int round = 0; round < 8; ++round) {
            bytes noise(size);
            for (std::byte& each : noise)
                each = static_cast<std::byte>(round % 2 == 0 ? random() : random() % 8);
            decode_one<T>(noise, type, as, accepted);
        }
    for (std::size_t at = 0; at < good.size(); ++at)
        for (unsigned const flip : {0x01U, 0x80U, 0x7fU, 0xffU}) {
            bytes changed = good;
            changed[at] ^= static_cast<std::byte>(flip);
            decode_one<T>(changed, type, as, accepted);
        }
    for (std::size_t at = 0; at + 4 <= good.size(); ++at)
        for (std::int32_t const count : {-1, -2, 0, 0x7fffffff, 0x7ffffff0, 0x10000, 0x00ffffff,
                 std::numeric_limits<std::int32_t>::min()}) {
            bytes changed = good;
            pg::store_big(changed.data() + at, count);
            decode_one<T>(changed, type, as, accepted);
        }
}

template <class T>
void attack_both(T const& value, pg::oid type = pg::type_of<T>())
{
    INFO(pg::type_name(type));
    attack<T>(encoded(value, format::binary), type, format::binary);
    attack<T>(encoded(value, format::text), type, format::text);
}

template <class T>
void attack_text(T const& value, pg::oid type = some_oid)
{
    INFO(as_text(value));
    attack<T>(encoded(value, format::text), type, format::text);
}

} // namespace

template <>
inline constexpr bool pgcoro::is_sql_enum<mood> = true;

TEST_CASE("hostile sizes: scalars")
{
    attack_both(true);
    attack_both(std::int16_t{7});
    attack_both(7);
    attack_both(std::int64_t{7});
    attack_both(0.5F);
    attack_both(0.5);
    attack_both(bytes{std::byte{1}, std::byte{2}});
    attack_both(std::array<std::byte, 2>{});
    attack_text(std::string{"text"}, oids::text);
    attack_text(mood::ok);
    using namespace std::chrono;
    attack_both(sys_days{2024y / 2 / 29});
    attack_both(sys_time<microseconds>{1s});
    attack_both(local_time<microseconds>{1s});
    attack_both(pg::numeric::parse("12345.678").value());
}

TEST_CASE("hostile sizes: arrays")
{
    attack_both(std::vector<int>{1, 2, 3});
    attack_both(std::vector<std::vector<int>>{{1, 2}, {3, 4}});
    attack_both(std::vector<std::optional<std::int64_t>>{1, std::nullopt});
    attack_both(std::array<int, 2>{1, 2});
    attack_both(pg::array<double>{{{2, 0}, {1, 5}}, {1, 2}});
    attack_both(std::vector<bool>{true, false});
    attack_both(std::vector<bytes>{{std::byte{1}}, {}});
    attack_text(std::vector<std::string>{"a", "b c", "\\"}, oids::text_array);
    attack_text(std::vector<std::vector<std::optional<std::string>>>{{"a", {}}}, oids::text_array);
    attack_text(std::vector<mood>{mood::ok, mood::sad});
}

TEST_CASE("hostile sizes: ranges")
{
    attack_both(pg::range<int>{1, 10});
    attack_both(pg::multirange<int>{{pg::range<int>{1, 3}, pg::range<int>{5, pg::unbounded}}});
    attack_both(std::vector<pg::range<int>>{{1, 3}, {}});
    attack_text(pg::range<std::string>{std::string{"a b"}, std::string{"c\""}});
    attack_text(pg::multirange<double>{{pg::range<double>{1, 3}}});
}

TEST_CASE("hostile sizes: composites")
{
    attack_text(place{"a \"b\"", 7});
    attack_text(std::vector<place>{{"a", 7}, {"", std::nullopt}});
    attack_text(std::tuple{std::vector<place>{{"a", 7}}, std::pair{1, std::string{"x"}}});
    // an element so large that its count alone must not make room
    bytes const many(64, std::byte{0});
    for (std::int32_t count = 0; count < 20; ++count) {
        bytes changed = many;
        pg::store_big(changed.data(), std::int32_t{1});
        pg::store_big(changed.data() + 8, static_cast<std::int32_t>(some_oid));
        pg::store_big(changed.data() + 12, count);
        bool accepted = false;
        decode_one<std::vector<std::optional<wide>>>(changed, some_oid, format::binary, accepted);
    }
}

TEST_CASE("hostile sizes: deep nesting")
{
    for (std::size_t const depth : {1U, 6U, 7U, 1000U, 200000U})
        for (std::string_view const pair : {"{}", "()", "[]", "\"\"", "\\\\"}) {
            std::string const text =
                std::string(depth, pair[0]) + "1" + std::string(depth, pair[1]);
            bytes const value = to_bytes(text);
            bool accepted = false;
            decode_one<std::vector<std::vector<std::string>>>(
                value, oids::text_array, format::text, accepted);
            decode_one<pg::array<int>>(value, oids::int4_array, format::text, accepted);
            decode_one<std::vector<place>>(value, some_oid, format::text, accepted);
            decode_one<place>(value, some_oid, format::text, accepted);
            decode_one<pg::range<std::string>>(value, some_oid, format::text, accepted);
            decode_one<pg::multirange<int>>(value, oids::int4multirange, format::text, accepted);
            std::string json;
            pg::append_json(pg::field{value.data(), static_cast<std::int32_t>(value.size()),
                                oids::int4_array, format::text},
                json);
            CHECK(json.size() <= 3 * value.size() + 16);
        }
}
