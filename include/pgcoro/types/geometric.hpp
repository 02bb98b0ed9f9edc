#pragma once

#include "../core/byte_reader.hpp"
#include "../core/error.hpp"
#include "codec.hpp"
#include "float_text.hpp"
#include "printing.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

/// \file
/// The geometric types. (Those with a vector have a constructor because gcc 12 destroys an
/// aggregate with a destructor twice that stands within a co_await expression.) == compares the
/// numbers exactly; the server's operators allow for a small difference, and its = compares areas
/// and lengths. https://www.postgresql.org/docs/current/datatype-geometric.html

namespace pgcoro {

struct point
{
    double x = 0;
    double y = 0;
    bool operator==(point const&) const = default;
};

/// The endless line a·x + b·y + c = 0; the server takes none whose a and b are both zero.
struct line
{
    double a = 0;
    double b = 0;
    double c = 0;
    bool operator==(line const&) const = default;
};

/// The segment between two points.
struct lseg
{
    point first;
    point second;
    bool operator==(lseg const&) const = default;
};

/// Two opposite corners; the server changes them to the upper right and the lower left one.
struct box
{
    point high;
    point low;
    bool operator==(box const&) const = default;
};

/// Points joined by segments; a closed one goes back to the first. The server takes none without
/// points.
struct path
{
    path() noexcept = default;
    explicit path(std::vector<point> joined, bool close = false)
        : points{std::move(joined)}, closed{close}
    {}

    std::vector<point> points;
    bool closed = false;
    bool operator==(path const&) const = default;
};

/// The corners of an area. The server takes none without corners.
struct polygon
{
    polygon() noexcept = default;
    explicit polygon(std::vector<point> corners) : points{std::move(corners)} {}

    std::vector<point> points;
    bool operator==(polygon const&) const = default;
};

struct circle
{
    point center;
    double radius = 0;
    bool operator==(circle const&) const = default;
};

// The text of each: its numbers in the order of the binary format, and the marks around them.

inline void append_number(double value, std::string& to)
{
    char buffer[float_text_size];
    to += print_float(value, buffer);
}

inline void append_point(point const& value, std::string& to)
{
    to += '(';
    append_number(value.x, to);
    to += ',';
    append_number(value.y, to);
    to += ')';
}

inline void append_points(std::vector<point> const& points, char open, char close, std::string& to)
{
    to += open;
    for (point const& each : points) {
        if (&each != points.data())
            to += ',';
        append_point(each, to);
    }
    to += close;
}

[[nodiscard]] inline std::string to_string(point const& value)
{
    std::string text;
    append_point(value, text);
    return text;
}

[[nodiscard]] inline std::string to_string(line const& value)
{
    std::string text = "{";
    append_number(value.a, text);
    text += ',';
    append_number(value.b, text);
    text += ',';
    append_number(value.c, text);
    return text += '}';
}

[[nodiscard]] inline std::string to_string(lseg const& value)
{
    std::string text = "[";
    append_point(value.first, text);
    text += ',';
    append_point(value.second, text);
    return text += ']';
}

[[nodiscard]] inline std::string to_string(box const& value)
{
    std::string text;
    append_point(value.high, text);
    text += ',';
    append_point(value.low, text);
    return text;
}

[[nodiscard]] inline std::string to_string(path const& value)
{
    std::string text;
    append_points(value.points, value.closed ? '(' : '[', value.closed ? ')' : ']', text);
    return text;
}

[[nodiscard]] inline std::string to_string(polygon const& value)
{
    std::string text;
    append_points(value.points, '(', ')', text);
    return text;
}

[[nodiscard]] inline std::string to_string(circle const& value)
{
    std::string text = "<";
    append_point(value.center, text);
    text += ',';
    append_number(value.radius, text);
    return text += '>';
}

template <>
inline constexpr bool prints_like_server<point> = true;
template <>
inline constexpr bool prints_like_server<line> = true;
template <>
inline constexpr bool prints_like_server<lseg> = true;
template <>
inline constexpr bool prints_like_server<box> = true;
template <>
inline constexpr bool prints_like_server<path> = true;
template <>
inline constexpr bool prints_like_server<polygon> = true;
template <>
inline constexpr bool prints_like_server<circle> = true;

/// Takes apart the text of a geometric value: marks, and numbers up to the next mark.
class geometric_text_reader
{
public:
    explicit geometric_text_reader(std::string_view text) noexcept : rest_{text} {}

    [[nodiscard]] bool exhausted() const noexcept { return rest_.empty(); }

    [[nodiscard]] bool take(char wanted) noexcept
    {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    [[nodiscard]] bool take(double& to) noexcept
    {
        std::string_view const number = rest_.substr(0, rest_.find_first_of(",()[]{}<>"));
        rest_.remove_prefix(number.size());
        return parse_float(number, to);
    }

    [[nodiscard]] bool take(point& to) noexcept
    {
        return take('(') && take(to.x) && take(',') && take(to.y) && take(')');
    }

    [[nodiscard]] bool take(std::vector<point>& to, char close)
    {
        to.clear();
        do {
            point next;
            if (!take(next))
                return false;
            to.push_back(next);
        } while (take(','));
        return take(close);
    }

private:
    std::string_view rest_;
};

[[nodiscard]] inline bool parse_geometric(geometric_text_reader& from, point& to) noexcept
{
    return from.take(to);
}

[[nodiscard]] inline bool parse_geometric(geometric_text_reader& from, line& to) noexcept
{
    return from.take('{') && from.take(to.a) && from.take(',') && from.take(to.b) &&
           from.take(',') && from.take(to.c) && from.take('}');
}

[[nodiscard]] inline bool parse_geometric(geometric_text_reader& from, lseg& to) noexcept
{
    return from.take('[') && from.take(to.first) && from.take(',') && from.take(to.second) &&
           from.take(']');
}

[[nodiscard]] inline bool parse_geometric(geometric_text_reader& from, box& to) noexcept
{
    return from.take(to.high) && from.take(',') && from.take(to.low);
}

[[nodiscard]] inline bool parse_geometric(geometric_text_reader& from, path& to)
{
    to.closed = from.take('(');
    return (to.closed || from.take('[')) && from.take(to.points, to.closed ? ')' : ']');
}

[[nodiscard]] inline bool parse_geometric(geometric_text_reader& from, polygon& to)
{
    return from.take('(') && from.take(to.points, ')');
}

[[nodiscard]] inline bool parse_geometric(geometric_text_reader& from, circle& to) noexcept
{
    return from.take('<') && from.take(to.center) && from.take(',') && from.take(to.radius) &&
           from.take('>');
}

/// The value that the server prints so; false if it is none.
template <class T>
[[nodiscard]] inline bool parse_geometric(std::string_view text, T& to)
{
    geometric_text_reader from{text};
    return parse_geometric(from, to) && from.exhausted();
}

/// Those of fixed size are float8 values and nothing else, in the order of the members.
template <class T, oid Type>
struct fixed_geometric_codec
{
    static constexpr oid type = Type;
    static constexpr std::int32_t binary_size = sizeof(T);

    static bool decode(field const& from, T& to) noexcept
    {
        if (!from.is_binary())
            return parse_geometric(from.text(), to);
        if (from.size != binary_size)
            return false;
        numbers values;
        for (std::size_t i = 0; i < count; ++i)
            values.of[i] = std::bit_cast<double>(load_big<std::uint64_t>(from.data + i * 8));
        to = std::bit_cast<T>(values);
        return true;
    }

    static void encode(T const& value, format as, byte_writer& to)
    {
        if (as == format::text) {
            to.put(std::string_view{to_string(value)});
            return;
        }
        for (double const each : std::bit_cast<numbers>(value).of)
            to.put(std::bit_cast<std::uint64_t>(each));
    }

private:
    static constexpr std::size_t count = sizeof(T) / sizeof(double);
    struct numbers
    {
        double of[count];
    };
    static_assert(std::is_trivially_copyable_v<T> && sizeof(numbers) == sizeof(T));
};

template <>
struct codec<point> : fixed_geometric_codec<point, oids::point>
{};
template <>
struct codec<line> : fixed_geometric_codec<line, oids::line>
{};
template <>
struct codec<lseg> : fixed_geometric_codec<lseg, oids::lseg>
{};
template <>
struct codec<box> : fixed_geometric_codec<box, oids::box>
{};
template <>
struct codec<circle> : fixed_geometric_codec<circle, oids::circle>
{};

[[nodiscard]] inline bool decode_points(byte_reader& from, std::vector<point>& to)
{
    auto const count = from.get<std::int32_t>();
    to.clear();
    if (count < 1 || from.remaining() != static_cast<std::size_t>(count) * sizeof(point))
        return false;
    to.reserve(static_cast<std::size_t>(count));
    for (std::int32_t i = 0; i < count; ++i) {
        auto const x = std::bit_cast<double>(from.get<std::uint64_t>());
        auto const y = std::bit_cast<double>(from.get<std::uint64_t>());
        to.push_back({x, y});
    }
    return true;
}

inline void encode_points(std::vector<point> const& points, byte_writer& to)
{
    if (points.empty())
        throw encode_error{"PostgreSQL has no path and no polygon without points"};
    to.put(static_cast<std::int32_t>(points.size()));
    for (point const& each : points)
        codec<point>::encode(each, format::binary, to);
}

template <>
struct codec<path>
{
    static constexpr oid type = oids::path;

    static bool decode(field const& from, path& to)
    {
        if (!from.is_binary())
            return parse_geometric(from.text(), to);
        byte_reader reader{from.bytes()};
        auto const closed = reader.get<std::uint8_t>();
        to.closed = closed == 1;
        return closed <= 1 && decode_points(reader, to.points) && reader.exhausted();
    }

    static void encode(path const& value, format as, byte_writer& to)
    {
        if (as == format::text) {
            to.put(std::string_view{to_string(value)});
            return;
        }
        to.put(static_cast<std::uint8_t>(value.closed ? 1 : 0));
        encode_points(value.points, to);
    }
};

template <>
struct codec<polygon>
{
    static constexpr oid type = oids::polygon;

    static bool decode(field const& from, polygon& to)
    {
        if (!from.is_binary())
            return parse_geometric(from.text(), to);
        byte_reader reader{from.bytes()};
        return decode_points(reader, to.points) && reader.exhausted();
    }

    static void encode(polygon const& value, format as, byte_writer& to)
    {
        if (as == format::text)
            to.put(std::string_view{to_string(value)});
        else
            encode_points(value.points, to);
    }
};

} // namespace pgcoro
