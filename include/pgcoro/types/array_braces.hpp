#pragma once

#include "../core/byte_writer.hpp"
#include "array_shape.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Puts the braces and delimiters of a literal around its elements.
class array_braces
{
public:
    /// With bounds if they are not all 1. Other brackets make the array another language's, which
    /// has no bounds.
    array_braces(array_shape const& shape, char delimiter, byte_writer& to,
        std::string_view brackets = "{}");

    void before_element();
    /// After the last element.
    void close();

private:
    array_shape const& shape_;
    byte_writer& to_;
    std::string_view opening_;
    std::string_view closing_;
    char delimiter_;
    std::array<std::int32_t, max_array_rank> done_{};
    bool first_ = true;
};

inline array_braces::array_braces(
    array_shape const& shape, char delimiter, byte_writer& to, std::string_view brackets)
    : shape_{shape},
      to_{to},
      opening_{brackets.substr(0, 1)},
      closing_{brackets.substr(1, 1)},
      delimiter_{delimiter}
{
    auto const rank = static_cast<std::size_t>(shape.rank);
    bool plain = true;
    for (std::size_t i = 0; i < rank && opening_ == "{"; ++i)
        plain = plain && shape.dimensions[i].first == 1;
    for (std::size_t i = 0; i < rank && !plain; ++i) {
        auto const [size, first] = shape.dimensions[i];
        to.put('[' + std::to_string(first) + ':' + std::to_string(std::int64_t{first} + size - 1) +
               ']');
    }
    if (!plain)
        to.put(std::string_view{"="});
    for (std::size_t i = 0; i < rank; ++i)
        to.put(opening_);
    if (rank == 0)
        to.put(opening_);
}

inline void array_braces::before_element()
{
    auto level = static_cast<std::size_t>(shape_.rank - 1);
    if (std::exchange(first_, false))
        return;
    int closed = 0;
    while (++done_[level] == shape_.dimensions[level].size) {
        done_[level--] = 0;
        ++closed;
        to_.put(closing_);
    }
    to_.put(std::string_view{&delimiter_, 1});
    while (closed-- != 0)
        to_.put(opening_);
}

inline void array_braces::close()
{
    for (int i = 0; i < (shape_.rank == 0 ? 1 : shape_.rank); ++i)
        to_.put(closing_);
}

} // namespace pgcoro
