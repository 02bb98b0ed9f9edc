#pragma once

// What a server sends, a function for each message: the other side of pgcoro/protocol, written
// anew so that a mistake there is not repeated here.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace backend {

template <class Integer>
[[nodiscard]] std::string number(Integer value)
{
    std::string bytes;
    for (std::size_t i = sizeof value; i-- > 0;)
        bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (i * 8) & 0xff);
    return bytes;
}

[[nodiscard]] inline std::string text(std::string_view value)
{
    return std::string{value} + '\0';
}

[[nodiscard]] inline std::string message(char type, std::string const& body)
{
    return type + number(static_cast<std::uint32_t>(body.size() + 4)) + body;
}

/// A message whose length field says something else.
[[nodiscard]] inline std::string lying(char type, std::uint32_t length, std::string const& body)
{
    return type + number(length) + body;
}

// ---- login

[[nodiscard]] inline std::string asks(std::uint32_t request, std::string const& data = {})
{
    return message('R', number(request) + data);
}
[[nodiscard]] inline std::string authentication_ok()
{
    return asks(0);
}
[[nodiscard]] inline std::string sasl(std::initializer_list<std::string_view> mechanisms)
{
    std::string names;
    for (auto const each : mechanisms)
        names += text(each);
    return asks(10, names + '\0');
}
[[nodiscard]] inline std::string key(std::uint32_t process, std::uint32_t secret)
{
    return message('K', number(process) + number(secret));
}
[[nodiscard]] inline std::string setting(std::string_view name, std::string_view value)
{
    return message('S', text(name) + text(value));
}

// ---- replies

[[nodiscard]] inline std::string ready(char status = 'I')
{
    return message('Z', std::string(1, status));
}
[[nodiscard]] inline std::string parse_complete()
{
    return message('1', {});
}
[[nodiscard]] inline std::string bind_complete()
{
    return message('2', {});
}
[[nodiscard]] inline std::string close_complete()
{
    return message('3', {});
}
[[nodiscard]] inline std::string no_data()
{
    return message('n', {});
}
[[nodiscard]] inline std::string empty_query()
{
    return message('I', {});
}
[[nodiscard]] inline std::string complete(std::string_view tag)
{
    return message('C', text(tag));
}
[[nodiscard]] inline std::string parameters(std::vector<std::uint32_t> const& types = {})
{
    std::string body = number(static_cast<std::uint16_t>(types.size()));
    for (auto const each : types)
        body += number(each);
    return message('t', body);
}
/// Columns of type text.
[[nodiscard]] inline std::string columns(std::vector<std::string> const& names)
{
    std::string body = number(static_cast<std::uint16_t>(names.size()));
    for (auto const& each : names)
        body += text(each) + number(std::uint32_t{0}) + number(std::int16_t{0}) +
                number(std::uint32_t{25}) + number(std::int16_t{-1}) + number(std::int32_t{-1}) +
                number(std::int16_t{0});
    return message('T', body);
}
[[nodiscard]] inline std::string row(std::vector<std::optional<std::string>> const& fields)
{
    std::string body = number(static_cast<std::uint16_t>(fields.size()));
    for (auto const& each : fields)
        body += each ? number(static_cast<std::uint32_t>(each->size())) + *each
                     : number(std::int32_t{-1});
    return message('D', body);
}

// ---- errors and what comes unasked

[[nodiscard]] inline std::string fields(
    std::string_view severity, std::string_view code, std::string_view what)
{
    return 'S' + text(severity) + 'V' + text(severity) + 'C' + text(code) + 'M' + text(what) + '\0';
}
[[nodiscard]] inline std::string error_response(std::string_view code, std::string_view what)
{
    return message('E', fields("ERROR", code, what));
}
[[nodiscard]] inline std::string fatal(std::string_view code, std::string_view what)
{
    return message('E', fields("FATAL", code, what));
}
[[nodiscard]] inline std::string notice(std::string_view what)
{
    return message('N', fields("NOTICE", "00000", what));
}
[[nodiscard]] inline std::string notify(std::string_view channel, std::string_view payload)
{
    return message('A', number(std::uint32_t{7}) + text(channel) + text(payload));
}

// ---- COPY

[[nodiscard]] inline std::string copy_in()
{
    return message('G', std::string(1, '\0') + number(std::int16_t{0}));
}
[[nodiscard]] inline std::string copy_out()
{
    return message('H', std::string(1, '\0') + number(std::int16_t{0}));
}
[[nodiscard]] inline std::string copy_data(std::string const& data)
{
    return message('d', data);
}
[[nodiscard]] inline std::string copy_done()
{
    return message('c', {});
}

} // namespace backend
