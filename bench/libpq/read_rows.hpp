#pragma once

#include "../common/checksum.hpp"
#include "../common/decode.hpp"
#include "../common/keep.hpp"
#include "query.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

namespace bench {

/// What a C program does with a result in binary: reads each value where it stands in the PGresult.
class result_reader
{
public:
    explicit result_reader(PGresult const* from) noexcept : from_{from} {}

    template <class Row>
    void read(int row, Row& to) const
    {
        int column = 0;
        std::apply(
            [&](auto const&... each) {
                // columns() gives references to the members of `to`, which is not const
                (value(row, column++, const_cast<std::remove_cvref_t<decltype(each)>&>(each)), ...);
            },
            columns(to));
    }

private:
    template <class T>
    void value(int row, int column, T& to) const
    {
        decode_value(reinterpret_cast<std::byte const*>(::PQgetvalue(from_, row, column)),
            length<T>(row, column), to);
    }
    template <class T>
    void value(int row, int column, std::optional<T>& to) const
    {
        if (::PQgetisnull(from_, row, column) != 0)
            to.reset();
        else
            value(row, column, to.emplace());
    }
    template <class T>
    [[nodiscard]] int length(int row, int column) const
    {
        if constexpr (std::is_arithmetic_v<T>)
            return sizeof(T);
        else
            return ::PQgetlength(from_, row, column);
    }

    PGresult const* from_;
};

/// Reads all rows, one after the other; gives how many there were.
template <class Row>
[[nodiscard]] std::uint64_t pass_rows(PGresult const* from)
{
    int const count = ::PQntuples(from);
    result_reader const reader{from};
    Row row;
    for (int i = 0; i < count; ++i) {
        reader.read(i, row);
        keep(row);
    }
    return static_cast<std::uint64_t>(count);
}

template <class Row>
void weigh_rows(PGresult const* from, checked& sum)
{
    result_reader const reader{from};
    for (int i = 0; i < ::PQntuples(from); ++i) {
        Row row{};
        reader.read(i, row);
        *sum.checksum += weigh_row(row);
        ++sum.count;
    }
}

/// Calls back with a row of the type that the case gives.
template <class Function>
auto with_row_of(case_id which, Function&& function)
{
    using text = std::string_view;
    switch (which) {
    case case_id::pg_type:
        return function(type_row<text>{});
    case case_id::bytes:
        return function(single_row<std::span<std::byte const>>{});
    case case_id::arrays:
        return function(single_row<std::vector<std::int32_t>>{});
    case case_id::lookup:
    case case_id::twenty_lookups:
        return function(user_row<text>{});
    case case_id::typed_columns:
        return function(order_row<text>{});
    case case_id::many_rows:
        return function(event_row<text>{});
    default:
        return function(single_row<std::int32_t>{});
    }
}

} // namespace bench
