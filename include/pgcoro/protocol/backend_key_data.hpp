#pragma once

#include "../core/byte_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pgcoro {

/// What a CancelRequest must show: the backend's process and its secret, 4 bytes in protocol 3.0
/// and up to 256 from 3.2 on.
struct backend_key_data
{
    std::uint32_t process_id = 0;
    std::vector<std::byte> secret;
};

[[nodiscard]] inline bool parse(byte_reader body, backend_key_data& out)
{
    out.process_id = body.get<std::uint32_t>();
    auto const secret = body.get_rest();
    out.secret.assign(secret.begin(), secret.end());
    return body.ok() && out.secret.size() >= 4 && out.secret.size() <= 256;
}

} // namespace pgcoro
