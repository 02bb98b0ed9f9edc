#pragma once

#include "array.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace pgcoro {

/// An array with its shape: any number of dimensions up to six, known at run time, and subscripts
/// that need not start at 1. The elements lie behind each other, the last dimension fastest.
/// https://www.postgresql.org/docs/current/arrays.html
template <class T>
class array
{
public:
    using value_type = T;

    /// No elements, and no dimensions.
    array() = default;

    /// One dimension, with subscripts from 1 on.
    explicit array(std::vector<T> elements) : elements_{std::move(elements)}
    {
        if (!elements_.empty())
            set_shape({{static_cast<std::int32_t>(elements_.size()), 1}});
    }

    /// Throws std::invalid_argument if there are more than six dimensions, an empty one, or not as
    /// many elements as they make.
    array(std::vector<array_dimension> const& dimensions, std::vector<T> elements)
        : elements_{std::move(elements)}
    {
        set_shape(dimensions);
    }

    [[nodiscard]] std::span<array_dimension const> dimensions() const noexcept
    {
        return {shape_.dimensions.data(), static_cast<std::size_t>(shape_.rank)};
    }
    [[nodiscard]] std::size_t size() const noexcept { return elements_.size(); }
    [[nodiscard]] bool empty() const noexcept { return elements_.empty(); }

    /// All elements, in the order in which they lie.
    [[nodiscard]] std::vector<T> const& elements() const noexcept { return elements_; }
    [[nodiscard]] auto begin() const noexcept { return elements_.begin(); }
    [[nodiscard]] auto end() const noexcept { return elements_.end(); }

    /// The element at these subscripts, as SQL counts them: `a.at(1, 2)` is `a[1][2]`. Throws
    /// std::out_of_range if there is none.
    template <class... Subscripts>
    [[nodiscard]] decltype(auto) at(Subscripts... subscripts) const
    {
        return elements_[index_of({static_cast<std::int64_t>(subscripts)...})];
    }

    friend bool operator==(array const& a, array const& b)
    {
        return std::equal(a.dimensions().begin(), a.dimensions().end(), b.dimensions().begin(),
                   b.dimensions().end()) &&
               a.elements_ == b.elements_;
    }

private:
    friend struct codec<array>;

    void set_shape(std::vector<array_dimension> const& dimensions)
    {
        bool fits = dimensions.size() <= static_cast<std::size_t>(max_array_rank);
        for (std::size_t i = 0; i < dimensions.size() && fits; ++i) {
            auto const [size, first] = shape_.dimensions[i] = dimensions[i];
            fits = size > 0 && first <= std::numeric_limits<std::int32_t>::max() - (size - 1);
        }
        shape_.rank = fits ? static_cast<int>(dimensions.size()) : 0;
        if (!fits || shape_.count() != elements_.size())
            throw std::invalid_argument{
                "the dimensions don't fit the array's " + std::to_string(size()) + " elements"};
    }

    [[nodiscard]] std::size_t index_of(std::initializer_list<std::int64_t> subscripts) const
    {
        bool found = subscripts.size() == dimensions().size() && subscripts.size() != 0;
        std::size_t index = 0;
        for (std::size_t i = 0; i < subscripts.size() && found; ++i) {
            auto const [size, first] = shape_.dimensions[i];
            std::int64_t const place = subscripts.begin()[i] - first;
            found = place >= 0 && place < size;
            index = index * static_cast<std::size_t>(size) + static_cast<std::size_t>(place);
        }
        if (!found)
            throw std::out_of_range{"the array has no element at these subscripts"};
        return index;
    }

    array_shape shape_;
    std::vector<T> elements_;
};

template <class T>
requires(has_codec<T>&& array_rank_of<T>() == 0) struct codec<array<T>> : array_codec_type<T>
{
    static constexpr int array_rank = -1; // no level of a nested one
    static constexpr bool borrows = pgcoro::borrows<T>();
    static constexpr format result_format = borrows ? format::binary : result_format_of<T>();

    static constexpr bool accepts(oid type, format as) noexcept
    {
        return accepts_array_of<T>(type, as);
    }

    static bool decode(field const& from, array<T>& to) requires decodable<T>
    {
        if (!from.is_binary()) {
            to.elements_.clear();
            return read_literal(from, to.shape_, to.elements_);
        }
        array_elements elements;
        if (!read_array_header(from, elements) ||
            !pgcoro::accepts<T>(elements.type, format::binary))
            return false;
        array_dimension const all{static_cast<std::int32_t>(elements.shape.count())};
        if (!fill_level<T>(elements, &all, to.elements_) || elements.at != elements.end)
            return false;
        to.shape_ = to.elements_.empty() ? array_shape{} : elements.shape;
        return true;
    }

    /// Of a value that decode() refused.
    static std::string explain(field const& from) requires decodable<T>
    {
        return explain_array(from, 0, &explain_element<T>);
    }

    static void encode(array<T> const& value, format as, byte_writer& to) requires encodable<T>
    {
        if (as == format::binary)
            encode_binary_array<1, T>(value.elements_, value.shape_, to);
        else
            encode_text_array<1, T>(value.elements_, value.shape_, to);
    }
};

} // namespace pgcoro
