#pragma once

#include "../core/error.hpp"
#include "../protocol/row_description.hpp"
#include "../types/codec.hpp"
#include "../types/json_form.hpp"
#include "../types/text_form.hpp"
#include "check_row_type.hpp"
#include "plan_text.hpp"
#include "row_type.hpp"

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

namespace pgcoro {

/// One value of a record, with its column. Looks into the record's bytes and must not outlive the
/// result that keeps them.
class field_view
{
public:
    field_view(column_description const& column, std::byte const* data, std::int32_t size) noexcept
        : column_{&column}, data_{data}, size_{size}
    {}

    [[nodiscard]] bool is_null() const noexcept { return size_ < 0; }
    [[nodiscard]] std::string_view name() const noexcept { return column_->name; }
    [[nodiscard]] column_description const& column() const noexcept { return *column_; }

    /// The bytes as they came, in column().format; none for NULL.
    [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return raw().bytes(); }

    /// The value as a T, which has a codec, a composite's included. Throws decode_error naming the
    /// column: NULL into a type that takes none, another type, one that would narrow.
    template <class T>
    [[nodiscard]] T as() const
    {
        static_assert(check_member_type<T>());
        if (!accepts<T>(column_->type, column_->format))
            throw_mismatch(value_member<T>);
        T value{};
        if (!decode_field(raw(), value))
            throw_failure(value_member<T>, &explain_value<T>);
        return value;
    }

    /// Appends the value as the server would print it; `NULL` for NULL.
    void append_to(std::string& text) const { append_text(raw(), text); }

    /// Appends the value as JSON: see pgcoro::append_json().
    void append_json_to(std::string& text) const { append_json(raw(), text); }

private:
    [[nodiscard]] field raw() const noexcept
    {
        return {data_, size_, column_->type, column_->format};
    }

    // Apart from as(), which is run for each value.
    [[noreturn, gnu::cold]] void throw_mismatch(row_member const& wanted) const
    {
        throw decode_error{mismatch_text(*column_, wanted, value_label)};
    }
    [[noreturn, gnu::cold]] void throw_failure(
        row_member const& wanted, std::string (*explain)(field const&)) const
    {
        throw decode_error{failure_text(*column_, raw(), value_label, wanted, explain(raw()))};
    }

    column_description const* column_;
    std::byte const* data_;
    std::int32_t size_;
};

/// Prints the value as the server would.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(
    std::basic_ostream<char, Traits>& out, field_view const& value)
{
    std::string text;
    value.append_to(text);
    return out << text;
}

} // namespace pgcoro
