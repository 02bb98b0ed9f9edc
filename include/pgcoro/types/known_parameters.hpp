#pragma once

#include "oids.hpp"
#include "parameters.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// Whether the text of a value that would go as `given` is the same value for the type `wanted`.
/// Only where nothing gets lost unnoticed: a timestamp reads a timestamptz's text, but drops the
/// zone.
[[nodiscard]] constexpr bool text_serves(oid given, oid wanted) noexcept
{
    auto const is_number = [](oid type) {
        return type == oids::int2 || type == oids::int4 || type == oids::int8 ||
               type == oids::float4 || type == oids::float8 || type == oids::numeric ||
               type == oids::oid_;
    };
    auto const is_json = [](oid type) { return type == oids::json || type == oids::jsonb; };
    if (given == wanted || given == unspecified_oid || wanted >= first_user_oid)
        return true;
    oid const element = element_of(given);
    if (element != unspecified_oid && element_of(wanted) != unspecified_oid)
        return text_serves(element, element_of(wanted));
    if (given == oids::date)
        return wanted == oids::timestamp || wanted == oids::timestamptz;
    return (is_number(given) && is_number(wanted)) || (is_json(given) && is_json(wanted));
}

/// The type under which an argument goes to a parameter of the type `wanted`. One of the database's
/// own is left to the server: it may be made anew, under another number.
[[nodiscard]] inline oid type_for_parameter(std::size_t number, oid given, oid wanted)
{
    if (!text_serves(given, wanted))
        throw_encode_error(number, "the statement takes " + type_name(wanted) +
                                       ", the argument would be " + type_name(given));
    return wanted < first_user_oid ? wanted : unspecified_oid;
}

/// An argument as the parameter wants it: in its codec's own way if that is the type, else as text.
template <class T>
[[nodiscard]] inline auto for_parameter(std::size_t number, oid wanted, T const& value)
{
    return typed_parameter<T const&>{type_for_parameter(number, type_of<T>(), wanted), value};
}
template <class T>
[[nodiscard]] inline auto for_parameter(
    std::size_t number, oid wanted, typed_parameter<T> const& parameter)
{
    return typed_parameter<std::remove_reference_t<T> const&>{
        type_for_parameter(number, parameter.type, wanted), parameter.value};
}

/// Encodes the arguments of a statement whose parameters' types are known, because it was prepared.
class known_parameters
{
public:
    explicit known_parameters(std::span<oid const> types) : types_{types} {}

    /// See encode_parameter_types(). Throws encode_error if these are not what the statement takes.
    template <class... Args>
    void encode_types(byte_writer& oids, Args const&... args) const
    {
        static_assert((check_parameter<unwrapped<Args>>() && ...));
        check_count(sizeof...(Args));
        [&]<std::size_t... I>(std::index_sequence<I...>)
        {
            encode_parameter_types(oids, for_parameter(I + 1, types_[I], args)...);
        }
        (std::index_sequence_for<Args...>{});
    }

    /// See encode_parameter_values().
    template <class... Args>
    void encode_values(byte_writer& values, Args const&... args) const
    {
        check_count(sizeof...(Args));
        [&]<std::size_t... I>(std::index_sequence<I...>)
        {
            encode_parameter_values(values, for_parameter(I + 1, types_[I], args)...);
        }
        (std::index_sequence_for<Args...>{});
    }

private:
    template <class T>
    struct unwrap
    {
        using type = T;
    };
    template <class T>
    struct unwrap<typed_parameter<T>>
    {
        using type = std::remove_cvref_t<T>;
    };
    template <class T>
    using unwrapped = typename unwrap<T>::type;

    void check_count(std::size_t given) const
    {
        if (given == types_.size())
            return;
        auto const count = [](std::size_t n, char const* what) {
            return std::to_string(n) + what + (n == 1 ? "" : "s");
        };
        throw encode_error{"the statement takes " + count(types_.size(), " parameter") + " but " +
                           count(given, " argument") + (given == 1 ? " was" : " were") + " given"};
    }

    std::span<oid const> types_;
};

} // namespace pgcoro
