#include "catch.hpp"
#include "counted_bytes.hpp"
#include "fields.hpp"

#include "pgcoro/types/all.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

// A server that lies, or one that is no PostgreSQL: whatever bytes come, no codec reads outside of
// them (the sanitizers see that), takes memory for what is not there, or throws. Arrays, ranges and
// composites are in hostile_sizes_test.cpp.

using namespace testing_fields;
namespace pg = pgcoro;
namespace chrono = std::chrono;
using pg::format;

namespace {

class attack
{
public:
    /// A good value is the pattern: what is like it gets further than mere noise does.
    template <class T>
    void on(T const& sample)
    {
        for (format const as : {format::binary, format::text}) {
            if constexpr (pg::type_of<T>() == pg::unspecified_oid)
                if (as == format::binary && pg::result_format_of<T>() == format::text)
                    continue;
            bytes const good = encoded(sample, as);
            pg::oid const type =
                pg::type_of<T>() == pg::unspecified_oid ? pg::oid{16500} : pg::type_of<T>();
            for (std::size_t size = 0; size <= 2 * good.size() + 4; ++size)
                for (int round = 0; round < 16; ++round)
                    decode<T>(noise(size, good, round), type, as);
            for (std::size_t at = 0; at < good.size(); ++at)
                for (std::uint32_t const count :
                    {0x7fff'ffffU, 0xffff'ffffU, 0x8000'0000U, 0x1000'0000U, 0xffffU, 0x7fU, 0U}) {
                    bytes changed = good;
                    for (std::size_t i = 0; i < 4 && at + i < good.size(); ++i)
                        changed[at + i] = static_cast<std::byte>(count >> (24 - 8 * i));
                    decode<T>(changed, type, as);
                }
            if (as == format::text || pg::type_of<T>() != pg::unspecified_oid)
                REQUIRE(decoded<T>(good, type, as).has_value());
        }
    }

    /// A count, and that many of what is the cheapest to send and the dearest to keep.
    template <class T>
    void with_many(bytes const& header, bytes const& one)
    {
        constexpr std::size_t many = 20000;
        bytes value = header;
        for (std::byte const each : big(static_cast<std::int32_t>(many)))
            value.push_back(each);
        for (std::size_t i = 0; i < many; ++i)
            value.insert(value.end(), one.begin(), one.end());
        decode<T>(value, pg::type_of<T>(), format::binary);
    }

    [[nodiscard]] std::size_t tries() const { return tries_; }
    /// The most that was allocated for a byte of a value, beyond what any may take.
    [[nodiscard]] std::size_t worst() const { return worst_; }

private:
    static constexpr std::string_view marks = "{}[]()<>=\"'\\,:;-+/*&|! .0123456789abcdefNULinty\n";

    bytes noise(std::size_t size, bytes const& good, int round)
    {
        bytes value(size);
        for (std::size_t i = 0; i < size; ++i) {
            if (round % 4 == 0)
                value[i] = static_cast<std::byte>(random_());
            else if (round % 4 == 1)
                value[i] = static_cast<std::byte>(marks[random_() % marks.size()]);
            else if (round % 4 == 2)
                value[i] = static_cast<std::byte>(random_() % 8 == 0 ? random_() % 256 : 0);
            else
                value[i] = random_() % 16 == 0 || good.empty() ? static_cast<std::byte>(random_())
                                                               : good[i % good.size()];
        }
        return value;
    }

    template <class T>
    void decode(bytes const& value, pg::oid type, format as)
    {
        owned_field const from{value, type, as};
        ++tries_;
        std::size_t const before = counted_bytes();
        {
            T to{};
            (void)pg::decode_field(from.get(), to);
        }
        std::size_t const all = counted_bytes() - before;
        std::size_t const beyond = all > any_may_take ? all - any_may_take : 0;
        worst_ = std::max(worst_, beyond / std::max<std::size_t>(value.size(), 1));
    }

    static constexpr std::size_t any_may_take = 256;

    std::mt19937 random_{20240229}; // the same every time
    std::size_t tries_ = 0;
    std::size_t worst_ = 0;
};

/// What attacked it, and the limit of allocations for each byte: two bytes may be an item of a
/// query.
void check(attack const& done)
{
    CHECK(done.tries() > 2000);
    CHECK(done.worst() <= 32);
}

using days = chrono::sys_days;
using instant = chrono::sys_time<chrono::microseconds>;

} // namespace

TEST_CASE("hostile numbers and identifiers")
{
    attack each;
    each.on(true);
    each.on(std::int16_t{-7});
    each.on(std::int32_t{-7});
    each.on(std::int64_t{-7});
    each.on(1.5F);
    each.on(-1e100);
    each.on(pg::numeric{"-12345678901234567890.00123"});
    each.on(pg::numeric{"NaN"});
    each.on(pg::money{1250});
    each.on(pg::oid{7});
    each.on(pg::xid{7});
    each.on(pg::xid8{7});
    each.on(pg::tid{7, 8});
    each.on(pg::lsn{0x16'b374'd848});
    each.on(pg::snapshot{pg::xid8{10}, pg::xid8{20}, {pg::xid8{10}, pg::xid8{14}}});
    each.on(pg::uuid{});
    each.on('a');
    check(each);
}

TEST_CASE("hostile strings, bytes and bits")
{
    attack each;
    each.on(std::string{"some text"});
    each.on(to_bytes("some bytes"));
    each.on(std::array<std::byte, 4>{});
    each.on(*pg::bits::parse("1010011101"));
    each.on(std::bitset<12>{5});
    check(each);
}

TEST_CASE("hostile dates and times")
{
    attack each;
    each.on(days{chrono::days{20000}});
    each.on(pg::infinity_or<days>::infinity());
    each.on(chrono::year_month_day{chrono::year{2024}, chrono::month{2}, chrono::day{29}});
    each.on(instant{chrono::microseconds{1'700'000'000'123'456}});
    each.on(chrono::local_seconds{chrono::seconds{1'700'000'000}});
    each.on(pg::time_of_day{});
    each.on(pg::time_with_offset{});
    each.on(pg::interval{14, 3, 14'706'700'000});
    each.on(chrono::microseconds{14'706'700'000});
    check(each);
}

TEST_CASE("hostile addresses and geometric values")
{
    attack each;
    each.on(*pg::inet::parse("10.1.2.3/8"));
    each.on(*pg::inet::parse("2001:db8::1:2.3.4.5/64"));
    each.on(*pg::cidr::parse("2001:db8::/32"));
    each.on(pg::macaddr{});
    each.on(pg::macaddr8{});
    each.on(pg::point{1, 2.5});
    each.on(pg::line{1, 2, 3});
    each.on(pg::lseg{{1, 2}, {3, 4}});
    each.on(pg::box{{3, 4}, {1, 2}});
    each.on(pg::path{{{1, 2}, {3, 4}, {5, 6}}, true});
    each.on(pg::polygon{{{1, 2}, {3, 4}, {5, 6}}});
    each.on(pg::circle{{1, 2}, 3});
    check(each);
}

TEST_CASE("hostile documents")
{
    attack each;
    each.on(*pg::tsvector::parse("'a':1A,2 'b''\\\\c':16383"));
    each.on(*pg::tsquery::parse("'a':*AB & !( 'b' <-> 'c' | 'd' )"));
    each.with_many<pg::tsvector>({}, to_bytes({"\0\0\0", 3}));
    each.with_many<pg::tsquery>({}, to_bytes("\2\1"));
    each.on(pg::hstore{{"a", "1"}, {"b", std::nullopt}, {"\"\\", ""}});
    each.on(pg::pgvector{{1, 2.5F, -3}});
    each.on(pg::ewkb{to_bytes("some geometry")});
    check(each);
}
