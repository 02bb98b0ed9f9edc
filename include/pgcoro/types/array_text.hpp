#pragma once

#include "../core/byte_writer.hpp"
#include "array_shape.hpp"
#include "oids.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

namespace pgcoro {

/// What stands between the elements of a literal: a comma, but between boxes.
[[nodiscard]] constexpr char array_delimiter(oid element) noexcept
{
    return element == oids::box ? ';' : ',';
}

/// Appends one element of an array literal. Always in quotes, so that none is taken for NULL or for
/// more than one.
inline void put_array_element(std::string_view text, byte_writer& to)
{
    to.put(std::string_view{"\""});
    while (!text.empty()) {
        std::string_view const plain = text.substr(0, text.find_first_of("\"\\"));
        to.put(plain);
        text.remove_prefix(plain.size());
        if (text.empty())
            break;
        to.put(std::string_view{"\\"});
        to.put(text.substr(0, 1));
        text.remove_prefix(1);
    }
    to.put(std::string_view{"\""});
}

/// Takes the literal of an array apart: `{1,NULL,"two words"}`, `[0:1][2:3]={{1,2},{3,4}}`. Gives
/// the elements in their order; what shape they were in is known at the end.
/// https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
class array_text_reader
{
public:
    explicit array_text_reader(std::string_view text, char delimiter = ',') noexcept
        : rest_{text}, delimiter_{delimiter}
    {
        ok_ = read_bounds() && open();
    }

    /// Nothing was malformed up to here.
    [[nodiscard]] bool ok() const noexcept { return ok_; }

    /// Reads the next element, `null` if it is NULL. False at the end, or if the text is malformed.
    /// The element points into the text, or into `scratch` if it had escapes.
    [[nodiscard]] bool next(std::string_view& element, bool& null, std::string& scratch)
    {
        if (!ok_ || depth_ == 0)
            return false;
        null = false;
        ok_ = take('"') ? read_quoted(element, scratch) : read_plain(element, null);
        ok_ = ok_ && count_one() && read_separator();
        return ok_;
    }

    /// The dimensions, when all elements have been read: of equal sizes at every level.
    [[nodiscard]] array_shape const& shape() const noexcept { return shape_; }

private:
    [[nodiscard]] bool take(char wanted) noexcept
    {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    [[nodiscard]] bool take_number(std::int32_t& number) noexcept
    {
        auto const [stop, code] =
            std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
        if (code != std::errc{})
            return false;
        rest_.remove_prefix(static_cast<std::size_t>(stop - rest_.data()));
        return true;
    }

    /// `[0:1][2:3]=`, where one of the dimensions does not start at 1.
    [[nodiscard]] bool read_bounds() noexcept
    {
        if (rest_.empty() || rest_.front() != '[')
            return true;
        while (take('[')) {
            std::int32_t first = 0;
            std::int32_t last = 0;
            if (bounds_ == max_array_rank || !take_number(first) || !take(':') ||
                !take_number(last) || !take(']') || last < first ||
                std::int64_t{last} - first >= std::numeric_limits<std::int32_t>::max())
                return false;
            shape_.dimensions[static_cast<std::size_t>(bounds_++)] = {last - first + 1, first};
        }
        return take('=');
    }

    /// The braces before the first element. None of them are closed again at once but those of an
    /// array without elements.
    [[nodiscard]] bool open() noexcept
    {
        while (depth_ < max_array_rank && take('{'))
            ++depth_;
        shape_.rank = depth_;
        if (depth_ == 1 && take('}')) {
            depth_ = 0;
            shape_.rank = 0;
            return rest_.empty() && bounds_ == 0;
        }
        return depth_ != 0 && (bounds_ == 0 || bounds_ == depth_);
    }

    [[nodiscard]] bool count_one() noexcept
    {
        std::int32_t& count = counts_[static_cast<std::size_t>(depth_ - 1)];
        if (count == std::numeric_limits<std::int32_t>::max())
            return false;
        ++count;
        return true;
    }

    /// What follows an element: another, or the end of one or more levels, and the start of others.
    [[nodiscard]] bool read_separator() noexcept
    {
        if (take(delimiter_))
            return true;
        while (depth_ != 0 && take('}')) {
            --depth_;
            auto const level = static_cast<std::size_t>(depth_);
            array_dimension& dimension = shape_.dimensions[level];
            if (dimension.size == 0)
                dimension.size = counts_[level];
            if (dimension.size != counts_[level])
                return false;
            counts_[level] = 0;
            if (depth_ == 0)
                return rest_.empty();
            if (!count_one())
                return false;
            if (take(delimiter_)) {
                for (; depth_ < shape_.rank; ++depth_)
                    if (!take('{'))
                        return false;
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool read_plain(std::string_view& element, bool& null) noexcept
    {
        char const stops[] = {delimiter_, '}', '{', '"', '\\', '\0'};
        element = rest_.substr(0, rest_.find_first_of(stops));
        rest_.remove_prefix(element.size());
        null = element == "NULL";
        return !element.empty();
    }

    [[nodiscard]] bool read_quoted(std::string_view& element, std::string& scratch)
    {
        std::size_t const stop = rest_.find_first_of("\"\\");
        if (stop == rest_.npos)
            return false;
        element = rest_.substr(0, stop);
        rest_.remove_prefix(stop);
        if (take('"'))
            return true;
        scratch = element;
        while (!rest_.empty()) {
            if (take('"')) {
                element = scratch;
                return true;
            }
            if (take('\\') && rest_.empty())
                return false;
            scratch += rest_.front();
            rest_.remove_prefix(1);
        }
        return false;
    }

    std::string_view rest_;
    array_shape shape_;
    std::array<std::int32_t, max_array_rank> counts_{}; ///< read at each level so far
    int bounds_ = 0;
    int depth_ = 0; ///< braces that are open
    char delimiter_;
    bool ok_ = false;
};

} // namespace pgcoro
