#pragma once

#include "../core/byte_reader.hpp"
#include "../session/request.hpp"
#include "../types/oids.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pgcoro {

/// A parameter in words: text as it is, numbers and bool of the server's own types as such, other
/// binary values as \x….
[[nodiscard]] inline std::string argument_text(
    std::span<std::byte const> bytes, oid type, bool is_binary)
{
    byte_reader value{bytes};
    if (!is_binary || type == oids::text || type == oids::varchar)
        return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
    if (type == oids::bool_ && bytes.size() == 1)
        return value.get<std::int8_t>() != 0 ? "true" : "false";
    if (type == oids::int2 && bytes.size() == 2)
        return std::to_string(value.get<std::int16_t>());
    if (type == oids::int4 && bytes.size() == 4)
        return std::to_string(value.get<std::int32_t>());
    if (type == oids::int8 && bytes.size() == 8)
        return std::to_string(value.get<std::int64_t>());
    std::string text{"\\x"};
    for (std::byte const each : bytes)
        for (unsigned const digit :
            {std::to_integer<unsigned>(each) >> 4U, std::to_integer<unsigned>(each) & 15U})
            text += "0123456789abcdef"[digit];
    return text;
}

/// The parameters of a request that is not sent yet.
[[nodiscard]] inline std::vector<std::string> argument_texts(request const& of)
{
    std::vector<std::string> all;
    if (of.parameter_count() == 0 || of.parameters().empty())
        return all;
    byte_reader types{of.parameter_types()};
    (void)types.get<std::uint16_t>();
    byte_reader values{of.parameters()};
    std::vector<bool> binary;
    for (auto left = values.get<std::uint16_t>(); left > 0; --left)
        binary.push_back(values.get<std::int16_t>() != 0);
    auto const count = values.get<std::uint16_t>();
    for (std::size_t i = 0; i < count; ++i) {
        oid const type{types.get<std::uint32_t>()};
        auto const size = values.get<std::int32_t>();
        bool const is_binary = binary.size() == 1 ? binary[0] : i < binary.size() && binary[i];
        all.push_back(size < 0 ? "NULL"
                               : argument_text(values.get_bytes(static_cast<std::size_t>(size)),
                                     type, is_binary));
    }
    return all;
}

} // namespace pgcoro
