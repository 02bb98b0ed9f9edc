#pragma once

#include "../core/byte_reader.hpp"
#include "../core/error.hpp"
#include "codec.hpp"
#include "printing.hpp"
#include "transaction_id.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// pg_snapshot: which transactions had ended when it was taken. All before `xmin` had, none from
/// `xmax` on, and in between all but those `in_progress`, which stand there in ascending order.
/// As text `10:20:10,14,15`. The older txid_snapshot is read too; to send one, use as_oid().
/// https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
struct snapshot
{
    snapshot() noexcept = default; // constructors: gcc 12 destroys aggregates twice in a co_await
    snapshot(xid8 oldest, xid8 next, std::vector<xid8> running = {}) noexcept
        : xmin{oldest}, xmax{next}, in_progress{std::move(running)}
    {}

    xid8 xmin{};
    xid8 xmax{};
    std::vector<xid8> in_progress;

    /// What the server demands: numbers from 1 to 2^63 - 1, xmin not above xmax, the others between
    /// them, ascending. What is not ok can't be sent.
    [[nodiscard]] bool ok() const noexcept
    {
        constexpr xid8 most{0x7fff'ffff'ffff'ffff};
        bool right = xmin >= xid8{1} && xmax <= most && xmin <= xmax;
        xid8 before{};
        for (xid8 const each : in_progress) {
            right = right && each >= xmin && each < xmax && each > before;
            before = each;
        }
        return right;
    }

    friend bool operator==(snapshot const&, snapshot const&) = default;
};

[[nodiscard]] inline std::string to_string(snapshot const& value)
{
    std::string text = to_string(value.xmin) + ':' + to_string(value.xmax) + ':';
    bool first = true;
    for (xid8 const each : value.in_progress) {
        if (!first)
            text += ',';
        first = false;
        text += to_string(each);
    }
    return text;
}

template <>
inline constexpr bool prints_like_server<snapshot> = true;

template <>
struct codec<snapshot>
{
    static constexpr oid type = oids::pg_snapshot;

    static constexpr bool accepts(oid from, format) noexcept
    {
        return from == oids::pg_snapshot || from == oids::txid_snapshot;
    }

    static bool decode(field const& from, snapshot& to)
    {
        return (from.is_binary() ? decode_binary(from, to) : decode_text(from.text(), to)) &&
               to.ok();
    }

    static void encode(snapshot const& value, format as, byte_writer& to)
    {
        if (!value.ok())
            throw encode_error{"the snapshot's transactions are not in order"};
        if (as == format::text) {
            to.put(std::string_view{to_string(value)});
            return;
        }
        to.put(static_cast<std::uint32_t>(value.in_progress.size()));
        to.put(static_cast<std::uint64_t>(value.xmin));
        to.put(static_cast<std::uint64_t>(value.xmax));
        for (xid8 const each : value.in_progress)
            to.put(static_cast<std::uint64_t>(each));
    }

private:
    static bool decode_binary(field const& from, snapshot& to)
    {
        byte_reader reader{from.bytes()};
        auto const count = reader.get<std::uint32_t>();
        to.xmin = xid8{reader.get<std::uint64_t>()};
        to.xmax = xid8{reader.get<std::uint64_t>()};
        to.in_progress.clear();
        if (!reader.ok() || reader.remaining() != count * sizeof(std::uint64_t))
            return false;
        to.in_progress.reserve(count);
        while (reader.remaining() != 0)
            to.in_progress.push_back(xid8{reader.get<std::uint64_t>()});
        return true;
    }

    static bool decode_text(std::string_view text, snapshot& to)
    {
        auto const take = [&text](xid8& number, char behind) {
            std::size_t const size = std::min(text.find(behind), text.size());
            std::uint64_t value = 0;
            auto const end = text.data() + size;
            auto const [stop, code] = std::from_chars(text.data(), end, value);
            number = xid8{value};
            bool const more = size != text.size();
            text.remove_prefix(size + (more ? 1 : 0));
            return code == std::errc{} && stop == end && (more || behind == ',');
        };
        to.in_progress.clear();
        if (!take(to.xmin, ':') || !take(to.xmax, ':'))
            return false;
        bool const trailing_comma = !text.empty() && text.back() == ',';
        while (!text.empty())
            if (!take(to.in_progress.emplace_back(), ','))
                return false;
        return !trailing_comma;
    }
};

} // namespace pgcoro
