#pragma once

#include "plan.hpp"
#include "record.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace pgcoro {

/// Whether the body of a DataRow holds that many whole fields and nothing else. A record doesn't
/// look again.
[[nodiscard]] inline bool fits_columns(
    std::byte const* body, std::size_t size, std::size_t columns) noexcept
{
    constexpr std::uint32_t null_length = 0xffff'ffff; // longer than any body, as what is negative
    if (size < 2 || load_big<std::uint16_t>(body) != columns)
        return false;
    std::byte const* at = body + 2;
    std::size_t left = size - 2;
    for (; columns != 0; --columns) {
        if (left < 4)
            return false;
        auto const length = load_big<std::uint32_t>(at);
        at += 4;
        left -= 4;
        if (length <= left) {
            at += length;
            left -= length;
        } else if (length != null_length) {
            return false;
        }
    }
    return left == 0;
}

/// How rows become records: there is nothing to decode, only the formats to choose and the rows'
/// bounds to check.
template <>
class row_plan<record>
{
public:
    static constexpr bool needs_columns = true;
    static constexpr bool borrows = true;

    /// Binary for what record can print and we have a codec for, text for all else.
    [[nodiscard]] static format wanted_format(oid type) noexcept
    {
        return has_text_form(type) ? format::binary : format::text;
    }

    static void result_formats(row_description const& description, byte_writer& to)
    {
        put_result_formats(
            description.columns.size(),
            [&](std::size_t i) { return wanted_format(description.columns[i].type); }, to);
    }

    static void choose_formats(row_description& description) noexcept
    {
        for (column_description& column : description.columns)
            column.format = wanted_format(column.type);
    }

    /// Never fails: any columns make a record.
    [[nodiscard]] static bool make(
        row_description const& description, row_plan& plan, std::string& error)
    {
        error.clear();
        plan.columns_ = description.columns.size();
        return true;
    }

    /// The row is whole: a record may be made of its body.
    [[nodiscard]] bool check(std::byte const* body, std::size_t size) const noexcept
    {
        return fits_columns(body, size, columns_);
    }

    [[nodiscard]] std::string explain(std::byte const*, std::size_t) const
    {
        return "the row is not one of " + std::to_string(columns_) + " whole fields";
    }

private:
    std::size_t columns_ = 0;
};

} // namespace pgcoro
