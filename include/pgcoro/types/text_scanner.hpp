#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pgcoro {

/// Takes a short text apart from its front. What can't be taken leaves it as it was.
class text_scanner
{
public:
    explicit constexpr text_scanner(std::string_view text) noexcept : rest_{text} {}

    [[nodiscard]] constexpr bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] constexpr std::string_view rest() const noexcept { return rest_; }

    [[nodiscard]] constexpr bool take(char wanted) noexcept
    {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    [[nodiscard]] constexpr bool take(std::string_view wanted) noexcept
    {
        if (rest_.substr(0, wanted.size()) != wanted)
            return false;
        rest_.remove_prefix(wanted.size());
        return true;
    }

    /// How many digits come next.
    [[nodiscard]] constexpr std::size_t count_digits() const noexcept
    {
        std::size_t count = 0;
        while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9')
            ++count;
        return count;
    }

    /// All the digits that come next as a number: no fewer than `least`, no more than `most`, which
    /// must not be above 18.
    template <class Number>
    [[nodiscard]] constexpr bool take_number(
        std::size_t least, std::size_t most, Number& to) noexcept
    {
        std::size_t const count = count_digits();
        if (count < least || count > most)
            return false;
        std::int64_t value = 0;
        for (char const digit : rest_.substr(0, count))
            value = value * 10 + (digit - '0');
        rest_.remove_prefix(count);
        to = static_cast<Number>(value);
        return true;
    }

private:
    std::string_view rest_;
};

/// Writes a number that is not negative in at least `width` digits, with zeros in front; gives the
/// end of it.
constexpr char* put_number(char* at, std::int64_t value, int width) noexcept
{
    char digits[20];
    int count = 0;
    for (auto rest = static_cast<std::uint64_t>(value); rest != 0 || count < width; rest /= 10)
        digits[count++] = static_cast<char>('0' + rest % 10);
    while (count != 0)
        *at++ = digits[--count];
    return at;
}

constexpr char* put_text(char* at, std::string_view text) noexcept
{
    for (char const each : text)
        *at++ = each;
    return at;
}

} // namespace pgcoro
