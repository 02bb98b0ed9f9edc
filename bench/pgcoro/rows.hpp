#pragma once

#include "../common/checksum.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

// The rows as a user of pgcoro would write them: members named as the columns are. Text is
// std::string_view or std::string. What pgcoro has no type for yet comes as text.

template <class Text>
struct pg_type
{
    Text typname;
    std::int64_t typnamespace;
    std::int64_t typowner;
    std::int16_t typlen;
    bool typbyval;
    Text typcategory;
    bool typispreferred;
    bool typisdefined;
    Text typdelim;
    std::int64_t typrelid;
    std::int64_t typelem;
    std::int64_t typarray;
};

template <class Text>
[[nodiscard]] auto columns(pg_type<Text> const& r)
{
    return std::tie(r.typname, r.typnamespace, r.typowner, r.typlen, r.typbyval, r.typcategory,
        r.typispreferred, r.typisdefined, r.typdelim, r.typrelid, r.typelem, r.typarray);
}

template <class Text>
struct user
{
    int id;
    Text name;
    Text email;
    std::int64_t balance;
};

template <class Text>
[[nodiscard]] auto columns(user<Text> const& r)
{
    return std::tie(r.id, r.name, r.email, r.balance);
}

template <class Text>
struct order
{
    std::int64_t id;
    double price;
    Text name;
    Text created; // timestamptz
    Text amount;  // numeric
    bool active;
    Text token; // uuid
    std::optional<Text> note;
};

template <class Text>
struct event
{
    std::int64_t id;
    Text name;
    Text email;
    double score;
};

template <class Text>
[[nodiscard]] auto columns(event<Text> const& r)
{
    return std::tie(r.id, r.name, r.email, r.score);
}

/// 2024-01-01 00:01:01.000007+00
[[nodiscard]] inline bench::timestamp parse_timestamp(std::string_view text)
{
    auto const number = [&](std::size_t begin, std::size_t size) {
        int value = 0;
        for (char const digit : text.substr(begin, size))
            value = value * 10 + (digit - '0');
        return value;
    };
    using namespace std::chrono;
    sys_days const day{year{number(0, 4)} / number(5, 2) / number(8, 2)};
    auto const time = hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)};
    std::int64_t fraction = 0;
    if (std::size_t const point = text.find('.'); point != std::string_view::npos) {
        std::size_t const size = text.find('+') - point - 1;
        fraction = number(point + 1, size);
        for (std::size_t i = size; i < 6; ++i)
            fraction *= 10;
    }
    auto const since = day - sys_days{year{2000} / 1 / 1} + time;
    return {duration_cast<microseconds>(since).count() + fraction};
}

/// 123.45
[[nodiscard]] inline bench::decimal parse_decimal(std::string_view text)
{
    bench::decimal value;
    bool behind_point = false;
    for (char const digit : text) {
        if (digit == '.') {
            behind_point = true;
        } else {
            value.units = value.units * 10 + (digit - '0');
            value.scale += behind_point ? 1 : 0;
        }
    }
    return value;
}

/// 00000001-1111-4222-8333-000000000007
[[nodiscard]] inline bench::uuid parse_uuid(std::string_view text)
{
    bench::uuid value{};
    std::size_t place = 0;
    for (char const c : text) {
        if (c == '-')
            continue;
        int const digit = c >= 'a' ? c - 'a' + 10 : c - '0';
        auto& byte = value[place++ / 2];
        byte = (byte << 4) | static_cast<std::byte>(digit);
    }
    return value;
}

template <class Text>
[[nodiscard]] auto columns(order<Text> const& r)
{
    return std::tuple{r.id, r.price, std::string_view{r.name}, parse_timestamp(r.created),
        parse_decimal(r.amount), r.active, parse_uuid(r.token),
        r.note ? std::optional<std::string_view>{*r.note} : std::nullopt};
}
