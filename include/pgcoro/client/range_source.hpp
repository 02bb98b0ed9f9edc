#pragma once

#include "../core/error.hpp"
#include "../row/shape.hpp"
#include "../session/bind_writer.hpp"
#include "../session/source.hpp"
#include "../types/parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// Something that range-for takes.
template <class Range>
concept iterable = requires(Range& range)
{
    std::begin(range) != std::end(range);
    *std::begin(range);
};

/// Calls `visit` with the arguments that one element of a range stands for: a tuple's elements, an
/// aggregate's members, or the value alone.
template <class T, class Visit>
inline decltype(auto) visit_arguments(T const& element, Visit&& visit)
{
    if constexpr (tuple_shaped<T>)
        return std::apply(visit, element);
    else if constexpr (aggregate_shaped<T>)
        return visit_members<member_count<T>>(element, visit);
    else
        return visit(element);
}

/// From within a handler: what a call fails with whose range could not be sent beyond an element.
[[nodiscard]] inline std::exception_ptr element_failure(std::uint64_t number)
{
    try {
        throw;
    } catch (encode_error const& reason) {
        return std::make_exception_ptr(
            encode_error{"element " + std::to_string(number) + " of the range: " + reason.what()});
    } catch (...) {
        return std::current_exception();
    }
}

/// Encodes arguments as they are, for a statement of which nothing is known.
struct own_parameters
{
    template <class... Args>
    static void encode_types(byte_writer& to, Args const&... args)
    {
        encode_parameter_types(to, args...);
    }
    template <class... Args>
    static void encode_values(byte_writer& to, Args const&... args)
    {
        encode_parameter_values(to, args...);
    }
};

/// The executions of one statement, for each element of a range one. A range that was given as an
/// lvalue is referred to, any other is kept. `Parameters` encodes them.
template <class Range, class Parameters = own_parameters>
class range_source final : public source
{
public:
    explicit range_source(Range&& range, Parameters parameters = {})
        : range_{std::forward<Range>(range)}, parameters_{std::move(parameters)}
    {}

    [[nodiscard]] bool empty() { return !(at_ != end_); }

    /// Parse's list of types, which is the same for all elements.
    void encode_types(byte_writer& to)
    {
        auto&& first = *at_;
        visit_arguments(
            first, [&](auto const&... arguments) { parameters_.encode_types(to, arguments...); });
        if constexpr (!one_list_of_types)
            types_.put(to.bytes());
    }

    void begin(std::string_view statement, std::span<std::byte const> result_formats,
        std::span<oid const>) override
    {
        binds_.begin(statement, result_formats);
    }

    [[nodiscard]] turn feed(byte_writer& out) override
    {
        turn now;
        std::size_t const begin = out.size();
        std::size_t unfinished = begin;
        try {
            for (; at_ != end_; ++at_, ++number_) {
                unfinished = out.size();
                if (unfinished - begin >= enough) {
                    now.more = true;
                    return now;
                }
                auto&& element = *at_;
                if constexpr (!one_list_of_types)
                    check_types(element);
                binds_.open(out);
                visit_arguments(element, [&](auto const&... arguments) {
                    parameters_.encode_values(out, arguments...);
                });
                binds_.close(out);
                ++now.executions;
            }
        } catch (...) {
            out.truncate(unfinished);
            now.failure = element_failure(number_);
        }
        return now;
    }

private:
    using element_type = std::remove_cvref_t<decltype(*std::begin(std::declval<Range&>()))>;

    template <class... T>
    static constexpr bool all_fixed(type_list<T...>)
    {
        return (... && !is_typed_parameter<std::remove_const_t<T>>);
    }
    /// as_oid() chooses a type at run time.
    static constexpr bool one_list_of_types =
        decltype(visit_arguments(std::declval<element_type const&>(), [](auto const&... arguments) {
            return std::bool_constant<all_fixed(
                type_list<std::remove_cvref_t<decltype(arguments)>...>{})>{};
        }))::value;

    void check_types(element_type const& element)
    {
        small_byte_writer<34> types;
        visit_arguments(element,
            [&](auto const&... arguments) { parameters_.encode_types(types, arguments...); });
        auto const a = types.bytes();
        auto const b = types_.bytes();
        if (!std::equal(a.begin(), a.end(), b.begin(), b.end()))
            throw encode_error{"its types are not those of the first element"};
    }

    Range range_;
    [[no_unique_address]] Parameters parameters_;
    decltype(std::begin(range_)) at_ = std::begin(range_);
    decltype(std::end(range_)) end_ = std::end(range_);
    bind_writer binds_;
    small_byte_writer<34> types_;
    std::uint64_t number_ = 0;
};

} // namespace pgcoro
