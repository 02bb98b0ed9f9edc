#pragma once

// What a fuzzer's bytes mean to the codecs: a C++ type, a type of the server's, a format and the
// bytes of a value. A function for each family of codecs. Throws where a rule is broken that holds
// whatever a server sends: what was read can be sent, and is then read as the same.

#include <pgcoro/types/all.hpp>
#include <pgcoro/types/json_form.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace fuzz {

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

} // namespace fuzz

template <>
inline constexpr bool pgcoro::is_sql_enum<fuzz::mood> = true;

namespace fuzz {

namespace pg = pgcoro;
using input_bytes = std::vector<std::uint8_t>;

/// A type of the database's own.
inline constexpr pg::oid own_type{16500};

template <class T>
[[nodiscard]] constexpr pg::oid wire_type() noexcept
{
    return pg::type_of<T>() == pg::unspecified_oid ? own_type : pg::type_of<T>();
}

template <class T>
[[nodiscard]] std::vector<std::byte> written(T const& value, pg::format as)
{
    pg::byte_writer to;
    pg::codec<T>::encode(value, as, to);
    return {to.bytes().begin(), to.bytes().end()};
}

/// In memory of exactly its size, so that a sanitizer sees any look beyond it.
class lone_value
{
public:
    explicit lone_value(std::span<std::byte const> bytes)
        : data_{std::make_unique<std::byte[]>(bytes.size())}, size_{bytes.size()}
    {
        for (std::size_t i = 0; i < size_; ++i)
            data_[i] = bytes[i];
    }

    [[nodiscard]] pg::field field(pg::oid type, pg::format as) const
    {
        return {data_.get(), static_cast<std::int32_t>(size_), type, as};
    }

private:
    std::unique_ptr<std::byte[]> data_;
    std::size_t size_;
};

/// Sends what was read, in one format, and reads that.
template <class T>
void check_again(T const& value, pg::format as)
{
    std::vector<std::byte> first;
    try {
        first = written(value, as);
    } catch (pg::encode_error const&) {
        return; // the server sends some that it does not take
    }
    lone_value const sent{first};
    T again{};
    if (!pg::decode_field(sent.field(wire_type<T>(), as), again))
        throw std::logic_error{"what was written can't be read"};
    if (written(again, as) != first)
        throw std::logic_error{"what was written is read as another value"};
}

template <class T>
void read_and_write(pg::field const& from)
{
    if (!pg::accepts<T>(from.type, from.format))
        return;
    T value{};
    if (!pg::decode_field(from, value)) {
        (void)pg::explain_value<T>(from);
        return;
    }
    check_again(value, pg::format::text);
    if constexpr (pg::type_of<T>() != pg::unspecified_oid)
        check_again(value, pg::format::binary);
}

/// Some codecs under test. An input is three bytes that say which, in what format and of what type,
/// and the value.
class family
{
public:
    /// With a good value of each.
    template <class... T>
    explicit family(T const&... samples)
    {
        (add(samples), ...);
    }

    void operator()(std::span<std::uint8_t const> bytes) const
    {
        if (bytes.size() < head)
            return;
        auto const& [type, run] = codecs_[bytes[0] % codecs_.size()];
        auto const as = (bytes[1] & 1) != 0 ? pg::format::binary : pg::format::text;
        auto const& other = pg::builtin_types[bytes[2] % std::size(pg::builtin_types)];
        lone_value const value{std::as_bytes(bytes.subspan(head))};
        run(value.field((bytes[1] & 2) == 0   ? type
                        : (bytes[1] & 4) == 0 ? other.type
                                              : other.array,
            as));
    }

    /// Inputs that are good values.
    [[nodiscard]] std::vector<input_bytes> const& seeds() const noexcept { return seeds_; }

private:
    static constexpr std::size_t head = 3;

    struct codec_of_type
    {
        pg::oid type;
        void (*run)(pg::field const&);
    };

    template <class T>
    void add(T const& sample)
    {
        auto const index = static_cast<std::uint8_t>(codecs_.size());
        codecs_.push_back({wire_type<T>(), &read_and_write<T>});
        for (pg::format const as : {pg::format::text, pg::format::binary}) {
            if (as == pg::format::binary && pg::type_of<T>() == pg::unspecified_oid)
                continue;
            input_bytes seed{index, static_cast<std::uint8_t>(as == pg::format::binary), 0};
            for (std::byte const each : written(sample, as))
                seed.push_back(std::to_integer<std::uint8_t>(each));
            seeds_.push_back(std::move(seed));
        }
    }

    std::vector<codec_of_type> codecs_;
    std::vector<input_bytes> seeds_;
};

inline family const& numbers()
{
    static family const all{true, std::int16_t{-7}, 7, std::int64_t{-7}, std::uint64_t{7}, 1.5F,
        -1e100, pg::numeric{"-12345678901234567890.00123"}, pg::money{1250}};
    return all;
}

inline family const& identifiers()
{
    static family const all{pg::oid{7}, pg::xid{7}, pg::cid{7}, pg::xid8{7}, pg::tid{7, 8},
        pg::lsn{0x16'b374'd848}, pg::uuid{}, 'a',
        pg::snapshot{pg::xid8{10}, pg::xid8{20}, {pg::xid8{10}, pg::xid8{14}}}};
    return all;
}

inline family const& strings()
{
    static family const all{std::string{"some text"}, std::vector<std::byte>(5),
        std::array<std::byte, 4>{}, *pg::bits::parse("1010011101"), std::bitset<12>{5}, mood::ok};
    return all;
}

inline family const& times()
{
    using namespace std::chrono;
    sys_days const day{2024y / 2 / 29};
    static family const all{day, pg::infinity_or<sys_days>::infinity(), year_month_day{day},
        sys_time<microseconds>{day + 1us}, local_seconds{1s}, pg::time_of_day{}, microseconds{7},
        pg::infinity_or<sys_time<microseconds>>{day}, pg::time_with_offset{},
        pg::interval{14, 3, 14'706'700'000}};
    return all;
}

inline family const& places()
{
    static family const all{*pg::inet::parse("10.1.2.3/8"), *pg::cidr::parse("2001:db8::/32"),
        pg::macaddr{}, pg::macaddr8{}, pg::point{1, 2.5}, pg::line{1, 2, 3},
        pg::lseg{{1, 2}, {3, 4}}, pg::box{{3, 4}, {1, 2}}, pg::path{{{1, 2}, {3, 4}}, true},
        pg::polygon{{{1, 2}, {3, 4}, {5, 6}}}, pg::circle{{1, 2}, 3}};
    return all;
}

inline family const& documents()
{
    static family const all{*pg::tsvector::parse("'a':1A,2 'b''\\\\c':16383"),
        *pg::tsquery::parse("'a':*AB & !( 'b' <-> 'c' | 'd' )"),
        pg::hstore{{"a", "1"}, {"b", std::nullopt}, {"\"\\", ""}}, pg::pgvector{{1, 2.5F, -3}},
        pg::ewkb{std::vector<std::byte>(9)}};
    return all;
}

inline family const& arrays()
{
    static family const all{std::vector<int>{1, 2, 3},
        std::vector<std::vector<int>>{{1, 2}, {3, 4}},
        std::vector<std::optional<std::string>>{"a b", std::nullopt, "\\\""},
        std::array<int, 2>{1, 2}, pg::array<double>{{{2, 0}, {1, 5}}, {1, 2}},
        std::vector<std::vector<std::byte>>(2), std::vector<mood>{mood::ok, mood::sad},
        std::vector<pg::box>{{{3, 4}, {1, 2}}}};
    return all;
}

inline family const& ranges()
{
    static family const all{pg::range<int>{1, 10},
        pg::range<pg::numeric>{pg::numeric{1}, pg::inclusive{pg::numeric{"2.50"}}},
        pg::range<std::chrono::sys_days>{pg::unbounded, std::chrono::sys_days{}},
        pg::range<std::string>{std::string{"a b"}, std::string{"c\""}},
        pg::range<double>{0.5, pg::unbounded},
        pg::multirange<int>{{pg::range<int>{1, 3}, pg::range<int>{5, pg::unbounded}}},
        pg::multirange<std::string>{{pg::range<std::string>{std::string{"a"}, pg::unbounded}}},
        std::vector<pg::range<int>>{{1, 3}, {}}};
    return all;
}

inline family const& composites()
{
    static family const all{place{"a \"b\"", 7}, std::vector<place>{{"a", 7}, {"", std::nullopt}},
        std::tuple{std::vector<place>{{"a", 7}}, std::pair{1, std::string{"x"}}},
        std::pair{place{"(,)", std::nullopt}, std::vector<mood>{mood::ok}}};
    return all;
}

/// What a record makes of a value of any type: text and JSON.
inline void records(std::span<std::uint8_t const> bytes)
{
    if (bytes.size() < 2)
        return;
    auto const& entry = pg::builtin_types[bytes[0] % std::size(pg::builtin_types)];
    pg::oid const type = (bytes[1] & 1) != 0 ? entry.array : entry.type;
    lone_value const value{std::as_bytes(bytes.subspan(2))};
    pg::format const as = (bytes[1] & 2) != 0 ? pg::format::binary : pg::format::text;
    std::string text;
    pg::append_text(value.field(type, as), text);
    pg::append_json(value.field(type, as), text);
}

} // namespace fuzz
