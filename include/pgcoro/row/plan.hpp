#pragma once

#include "../protocol/row_description.hpp"
#include "../types/builtin.hpp"
#include "check_row_type.hpp"
#include "column_plan.hpp"
#include "result_formats.hpp"
#include "row_type.hpp"
#include "straight_decoder.hpp"

#include <cstddef>
#include <string>

namespace pgcoro {

/// Decodes the body of one DataRow for an exact() plan, whose types() it is given.
template <class T>
[[nodiscard, gnu::always_inline]] inline bool decode_exact(
    std::byte const* body, std::byte const* end, oid const* types, T& out)
{
    return row_shape<T>::visit(
        out, straight_visit<typename row_shape<T>::members>{body, end, types});
}

/// The plan by which rows become Ts: a scalar, a tuple, a pair or an aggregate; for record see
/// record_plan.hpp.
template <class T>
class row_plan : public column_plan
{
    static_assert(check_row_type<T>());

public:
    /// The formats can't be chosen before the columns are known.
    static constexpr bool needs_columns = pgcoro::needs_columns<T>;
    /// A T points into the bytes that it was decoded from.
    static constexpr bool borrows = borrows_bytes<T>;

    /// Writes Bind's result formats, from the C++ types alone.
    static void result_formats(byte_writer& to) requires(!needs_columns)
    {
        put_result_formats(row_type_of<T>, nullptr, to);
    }

    /// Writes Bind's result formats for these columns. What no member takes comes as text.
    static void result_formats(row_description const& description, byte_writer& to)
    {
        put_result_formats(row_type_of<T>, &description, to);
    }

    /// Notes in the columns the formats that result_formats() asks for, as make() wants them: the
    /// description of a statement doesn't have them yet (that of a portal does).
    static void choose_formats(row_description& description)
    {
        choose_result_formats(description, row_type_of<T>);
    }

    /// Makes the plan for these columns: see column_plan::match().
    [[nodiscard]] static bool make(
        row_description const& description, row_plan& plan, std::string& error)
    {
        return plan.match(description, row_type_of<T>, error);
    }

    /// Decodes the body of one DataRow into a value-initialised T. False if that can't be done:
    /// explain() says why. Throws only what the members' allocations throw.
    [[nodiscard]] bool decode(std::byte const* body, std::size_t size, T& out) const
    {
        return exact() ? decode_exact(body, body + size, types(), out)
                       : decode_stepwise(body, body + size, &out);
    }
};

} // namespace pgcoro
