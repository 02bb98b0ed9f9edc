#pragma once

#include "../common/checksum.hpp"

#include <pgcoro/pgcoro.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

// The rows as a user of pgcoro would write them: members named as the columns are. Text is
// std::string_view or std::string.

namespace pg = pgcoro;
using timestamptz = std::chrono::sys_time<std::chrono::microseconds>;

template <class Text>
struct pg_type
{
    Text typname;
    pg::oid typnamespace;
    pg::oid typowner;
    std::int16_t typlen;
    bool typbyval;
    char typcategory;
    bool typispreferred;
    bool typisdefined;
    char typdelim;
    pg::oid typrelid;
    pg::oid typelem;
    pg::oid typarray;
};

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
    timestamptz created;
    pg::numeric amount;
    bool active;
    pg::uuid token;
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

/// What the benchmark's own rows have for a value.
[[nodiscard]] inline std::uint32_t plain(pg::oid value) noexcept
{
    return static_cast<std::uint32_t>(value);
}
[[nodiscard]] inline bench::timestamp plain(timestamptz value) noexcept
{
    using namespace std::chrono;
    return {(value - sys_days{2000y / 1 / 1}).count()};
}
[[nodiscard]] inline bench::decimal plain(pg::numeric const& value)
{
    return {value.scaled<std::int64_t>(value.scale()).value(),
        static_cast<std::int32_t>(value.scale())};
}

template <class Text>
[[nodiscard]] auto columns(pg_type<Text> const& r)
{
    return std::tuple{std::string_view{r.typname}, plain(r.typnamespace), plain(r.typowner),
        r.typlen, r.typbyval, r.typcategory, r.typispreferred, r.typisdefined, r.typdelim,
        plain(r.typrelid), plain(r.typelem), plain(r.typarray)};
}

template <class Text>
[[nodiscard]] auto columns(order<Text> const& r)
{
    return std::tuple{r.id, r.price, std::string_view{r.name}, plain(r.created), plain(r.amount),
        r.active, r.token.bytes, r.note ? std::optional<std::string_view>{*r.note} : std::nullopt};
}
