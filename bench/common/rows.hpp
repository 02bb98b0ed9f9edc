#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>

namespace bench {

// What the rows of a case become. Text is std::string_view or std::string. columns() gives their
// values in order, for the checksum.

/// Microseconds since the year 2000, in UTC.
struct timestamp
{
    std::int64_t microseconds = 0;
};

/// A numeric of few digits: units of 10^-scale.
struct decimal
{
    std::int64_t units = 0;
    std::int32_t scale = 0;
};

using uuid = std::array<std::byte, 16>;

template <class Text>
struct type_row
{
    Text typname;
    std::uint32_t typnamespace;
    std::uint32_t typowner;
    std::int16_t typlen;
    bool typbyval;
    char typcategory;
    bool typispreferred;
    bool typisdefined;
    char typdelim;
    std::uint32_t typrelid;
    std::uint32_t typelem;
    std::uint32_t typarray;
};

template <class Text>
[[nodiscard]] auto columns(type_row<Text> const& r)
{
    return std::tie(r.typname, r.typnamespace, r.typowner, r.typlen, r.typbyval, r.typcategory,
        r.typispreferred, r.typisdefined, r.typdelim, r.typrelid, r.typelem, r.typarray);
}

template <class Text>
struct user_row
{
    std::int32_t id;
    Text name;
    Text email;
    std::int64_t balance;
};

template <class Text>
[[nodiscard]] auto columns(user_row<Text> const& r)
{
    return std::tie(r.id, r.name, r.email, r.balance);
}

template <class Text>
struct order_row
{
    std::int64_t id;
    double price;
    Text name;
    timestamp created;
    decimal amount;
    bool active;
    uuid token;
    std::optional<Text> note;
};

template <class Text>
[[nodiscard]] auto columns(order_row<Text> const& r)
{
    return std::tie(r.id, r.price, r.name, r.created, r.amount, r.active, r.token, r.note);
}

template <class Text>
struct event_row
{
    std::int64_t id;
    Text name;
    Text email;
    double score;
};

template <class Text>
[[nodiscard]] auto columns(event_row<Text> const& r)
{
    return std::tie(r.id, r.name, r.email, r.score);
}

/// A row of one column.
template <class T>
struct single_row
{
    T value;
};

template <class T>
[[nodiscard]] auto columns(single_row<T> const& r)
{
    return std::tie(r.value);
}

} // namespace bench
