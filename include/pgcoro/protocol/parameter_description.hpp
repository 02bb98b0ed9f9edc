#pragma once

#include "../core/byte_reader.hpp"
#include "../core/oid.hpp"

#include <cstdint>
#include <vector>

namespace pgcoro {

/// The types of a statement's parameters, in order.
[[nodiscard]] inline bool parse(byte_reader body, std::vector<oid>& out)
{
    auto const count = body.get<std::uint16_t>();
    out.clear();
    for (std::uint16_t i = 0; i < count && body.ok(); ++i)
        out.push_back(oid{body.get<std::uint32_t>()});
    return body.exhausted();
}

} // namespace pgcoro
