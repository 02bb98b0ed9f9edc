#pragma once

#include "../core/format.hpp"
#include "../protocol/row_description.hpp"
#include "../types/builtin_types.hpp"
#include "../types/codec.hpp"
#include "../types/text_form.hpp"
#include "column_step.hpp"
#include "cpp_name.hpp"
#include "shape.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// What must be known of a row type's member to find it a column. Its type is in function pointers,
/// so that the finding is compiled once and not for each row type.
struct row_member
{
    std::string_view name;   ///< of the column, for an aggregate's member
    std::string_view member; ///< what C++ calls it
    oid type;                ///< what its codec is bound to, or unspecified
    format wanted;           ///< the format to ask for
    std::string_view type_name;
    bool (*accepts)(oid, format) noexcept;
    column_step::function (*choose_step)(oid, format) noexcept; ///< for a column that it accepts
    bool (*decodes)(field const&, std::string&); ///< tries a value, for an error text
    void (*print)(field const&, std::string&);   ///< a value that it accepts, for an error text
    std::string (*cpp_type)();
    bool takes_null;

    /// The column is just what the codec asked for.
    [[nodiscard]] bool owns(column_description const& column) const noexcept
    {
        return column.format == wanted && (type == unspecified_oid || type == column.type);
    }
};

/// What a row's only column is called in an error text.
inline constexpr char value_label[] = "the type asked for";

/// A row type without its type.
struct row_type
{
    row_kind kind;
    std::span<row_member const> members;
    void (*offsets)(std::ptrdiff_t*); ///< writes where in the row each member lies
    std::string (*cpp_type)();

    /// The member that takes the column; members.size() if none does.
    [[nodiscard]] std::size_t find(std::size_t column, std::string_view name) const noexcept
    {
        if (kind != row_kind::by_name)
            return column < members.size() ? column : members.size();
        std::size_t index = 0;
        while (index != members.size() && members[index].name != name)
            ++index;
        return index;
    }

    /// What a member is called in an error text.
    [[nodiscard]] std::string label(std::size_t member) const
    {
        if (kind == row_kind::scalar)
            return value_label;
        if (members[member].member.empty())
            return "element " + std::to_string(member) + " of the tuple";
        return "member " + cpp_type() + "::" + std::string{members[member].member};
    }
};

template <class T>
[[nodiscard]] inline bool decodes(field const& from, std::string& why)
{
    T scratch{};
    if (decode_field(from, scratch))
        return true;
    why = from.is_null() ? std::string{} : explain_value<T>(from);
    return false;
}

/// The types of which binary values can become a Member: no others need be printed.
template <class Member>
struct types_of_member
{
    struct elements
    {
        static constexpr bool has_arrays = false;
        static constexpr bool has(oid type) noexcept
        {
            return types_of_member::has(array_of(type));
        }
    };
    static constexpr bool has(oid type) noexcept { return accepts<Member>(type, format::binary); }
    static constexpr bool has_arrays = [] {
        for (builtin_type const& entry : builtin_types)
            if (entry.array != unspecified_oid && has(entry.array))
                return true;
        return false;
    }();
};

/// A codec of a user's may say at run time only what it accepts.
template <class Member>
concept accepts_constantly = requires
{
    typename std::bool_constant<accepts<Member>(oids::int4, format::binary)>;
};

template <class Member>
[[nodiscard]] consteval auto printing() noexcept
{
    if constexpr (accepts_constantly<Member>)
        return &append_text<types_of_member<Member>>;
    else
        return &append_text<every_type>;
}

template <class Member>
[[nodiscard]] consteval row_member make_member(std::string_view name, std::string_view member)
{
    return {name, member, type_of<Member>(), result_format_of<Member>(), type_name_of<Member>(),
        &accepts<Member>, &choose_step<Member>, &decodes<Member>, printing<Member>(),
        &cpp_name<Member>::get, pgcoro::takes_null<Member>()};
}

/// The only column, also of a type that is a row when it is asked for as one.
template <class T>
inline constexpr row_member value_member = make_member<T>({}, {});

template <class T, class... Members, std::size_t... I>
[[nodiscard]] consteval std::array<row_member, sizeof...(Members)> list_members(
    type_list<Members...>, std::index_sequence<I...>)
{
    return {make_member<Members>(row_shape<T>::name(I), row_shape<T>::member(I))...};
}

template <class T>
inline constexpr auto row_members = list_members<T>(
    typename row_shape<T>::members{}, std::make_index_sequence<row_shape<T>::members::size>{});

template <class T>
inline void write_offsets(std::ptrdiff_t* offsets)
{
    T row{};
    row_shape<T>::visit(
        row, note_offsets{reinterpret_cast<std::byte const*>(__builtin_addressof(row)), offsets});
}

template <class T>
inline constexpr row_type row_type_of{
    row_shape<T>::kind, row_members<T>, &write_offsets<T>, &cpp_name<T>::get};

} // namespace pgcoro
