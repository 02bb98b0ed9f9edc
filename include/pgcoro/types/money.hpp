#pragma once

#include "../core/byte_order.hpp"
#include "codec.hpp"
#include "printing.hpp"
#include "text_scanner.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace pgcoro {

/// money: a count of the smallest unit of the database's currency. Which that is, lc_monetary says:
/// cents, but yen. Its text is that of lc_monetary = C, `-$1,234.56`; in another locale the server
/// writes and reads another, while the binary form, in which values are exchanged, has the count.
/// https://www.postgresql.org/docs/current/datatype-money.html
struct money
{
    static constexpr std::size_t text_size = 32;

    std::int64_t cents = 0;

    [[nodiscard]] static constexpr std::optional<money> parse(std::string_view text) noexcept
    {
        text_scanner scanner{text};
        bool const negative = scanner.take('-');
        std::uint64_t size = 0;
        std::size_t group = scanner.take('$') ? scanner.count_digits() : 0;
        if (group == 0 || group > 3)
            return std::nullopt;
        while (group != 0) {
            std::uint64_t digits = 0;
            if (!scanner.take_number(group, group, digits) || size > most / 1000)
                return std::nullopt;
            size = size * 1000 + digits;
            group = scanner.take(',') ? 3 : 0;
        }
        std::uint64_t rest = 0;
        if (!scanner.take('.') || !scanner.take_number(2, 2, rest) || !scanner.at_end() ||
            size > most / 100)
            return std::nullopt;
        size = size * 100 + rest;
        if (size > most + (negative ? 1 : 0))
            return std::nullopt;
        return money{static_cast<std::int64_t>(negative ? 0 - size : size)};
    }

    constexpr std::string_view print(char (&buffer)[text_size]) const noexcept
    {
        auto const count = static_cast<std::uint64_t>(cents);
        std::uint64_t const size = cents < 0 ? 0 - count : count;
        char digits[24];
        char const* const end = put_number(digits, static_cast<std::int64_t>(size / 100), 1);
        char* at = put_text(buffer, cents < 0 ? "-$" : "$");
        for (char const* each = digits; each != end; ++each) {
            if (each != digits && (end - each) % 3 == 0)
                *at++ = ',';
            *at++ = *each;
        }
        *at++ = '.';
        at = put_number(at, static_cast<std::int64_t>(size % 100), 2);
        return {buffer, static_cast<std::size_t>(at - buffer)};
    }

    friend constexpr auto operator<=>(money const&, money const&) noexcept = default;

private:
    static constexpr auto most =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
};

[[nodiscard]] inline std::string to_string(money value)
{
    char buffer[money::text_size];
    return std::string{value.print(buffer)};
}

template <>
inline constexpr bool prints_like_server<money> = true;

template <>
struct codec<money>
{
    static constexpr oid type = oids::money;
    static constexpr std::int32_t binary_size = 8;

    static bool decode(field const& from, money& to) noexcept
    {
        if (from.is_binary()) {
            if (from.size != binary_size)
                return false;
            to.cents = load_big<std::int64_t>(from.data);
            return true;
        }
        auto const value = money::parse(from.text());
        to = value.value_or(money{});
        return value.has_value();
    }

    static void encode(money value, format as, byte_writer& to)
    {
        char buffer[money::text_size];
        if (as == format::binary)
            to.put(value.cents);
        else
            to.put(value.print(buffer));
    }
};

} // namespace pgcoro
