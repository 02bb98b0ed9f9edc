#pragma once

#include "../core/byte_reader.hpp"
#include "../core/error.hpp"
#include "codec.hpp"
#include "float_text.hpp"
#include "printing.hpp"

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// The type `vector` of the extension pgvector: an embedding. Its OID differs from database to
/// database, so it is sent as text, whose type the server infers: `ORDER BY v <-> $1::vector`.
/// https://github.com/pgvector/pgvector
struct pgvector
{
    pgvector() noexcept = default;
    explicit pgvector(std::vector<float> numbers) : values{std::move(numbers)} {}

    std::vector<float> values;
    bool operator==(pgvector const&) const = default;
};

/// `[1,2.5,-3]`.
[[nodiscard]] inline std::string to_string(pgvector const& value)
{
    std::string text = "[";
    for (float const& each : value.values) {
        if (&each != value.values.data())
            text += ',';
        char buffer[float_text_size];
        text += print_float(each, buffer);
    }
    return text += ']';
}

template <>
inline constexpr bool prints_like_server<pgvector> = true;

template <>
struct codec<pgvector>
{
    static constexpr std::string_view type_name = "vector";
    static constexpr format result_format = format::binary;

    static bool decode(field const& from, pgvector& to)
    {
        to.values.clear();
        if (!from.is_binary())
            return decode_text(from.text(), to.values);
        byte_reader reader{from.bytes()};
        auto const count = reader.get<std::uint16_t>();
        auto const unused = reader.get<std::uint16_t>();
        if (!reader.ok() || unused != 0 || reader.remaining() != count * sizeof(float))
            return false;
        to.values.reserve(count);
        for (std::uint16_t i = 0; i < count; ++i)
            to.values.push_back(std::bit_cast<float>(reader.get<std::uint32_t>()));
        return true;
    }

    static void encode(pgvector const& value, format as, byte_writer& to)
    {
        if (as == format::text) {
            to.put(std::string_view{to_string(value)});
            return;
        }
        if (value.values.size() > 0xffff)
            throw encode_error{"a vector has no more than 65535 dimensions"};
        to.put(static_cast<std::uint16_t>(value.values.size()));
        to.put(std::uint16_t{0});
        for (float const each : value.values)
            to.put(std::bit_cast<std::uint32_t>(each));
    }

private:
    static bool decode_text(std::string_view text, std::vector<float>& to)
    {
        if (text.size() < 2 || text.front() != '[' || text.back() != ']')
            return false;
        text = text.substr(1, text.size() - 2);
        if (text.empty())
            return true;
        while (true) {
            std::string_view const number = text.substr(0, text.find(','));
            if (!parse_float(number, to.emplace_back()))
                return false;
            if (number.size() == text.size())
                return true;
            text.remove_prefix(number.size() + 1);
        }
    }
};

} // namespace pgcoro
