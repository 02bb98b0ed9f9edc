#pragma once

#include "run.hpp"

#include <pgcoro/types/bits.hpp>
#include <pgcoro/types/geometric.hpp>
#include <pgcoro/types/inet.hpp>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Values of the server's types out of random numbers; most as a literal.

namespace random_literals {

template <class T>
T any_integer(std::mt19937_64& random)
{
    return static_cast<T>(static_cast<T>(random()) >> (random() % (sizeof(T) * 8)));
}

/// Any bits but those of NaN, of which there are many, and one text.
template <class Float, class Bits>
Float any_float(std::mt19937_64& random)
{
    Float value{};
    do
        value = std::bit_cast<Float>(static_cast<Bits>(random()));
    while (std::isnan(value));
    return value;
}

inline std::string any_text(std::mt19937_64& random)
{
    static constexpr std::string_view pieces[] = {"a", "\"", "\\", "'", "{}", ",", " ", "\n",
        "NULL", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x01", "<&>"};
    std::string text;
    for (auto count = random() % 12; count != 0; --count)
        text += pieces[random() % std::size(pieces)];
    return text;
}

inline std::vector<std::byte> any_bytes(std::mt19937_64& random)
{
    std::vector<std::byte> bytes(random() % 40);
    for (std::byte& each : bytes)
        each = static_cast<std::byte>(random());
    return bytes;
}

template <class Time>
Time any_time(std::mt19937_64& random)
{
    constexpr std::uint64_t span = std::uint64_t{290'000} * 365 * 86'400 * 1'000'000;
    return Time{std::chrono::microseconds{static_cast<std::int64_t>(random() % span)}};
}

/// Addresses with many zeros, where the abbreviations are.
inline std::string random_address(std::mt19937_64& random)
{
    if (random() % 3 == 0) {
        pg::inet::v4_bytes bytes{};
        for (auto& each : bytes)
            each = static_cast<std::uint8_t>(random());
        return to_string(pg::inet{bytes, static_cast<unsigned>(random() % 33)});
    }
    pg::inet::v6_bytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
        auto const group = random() % 3 == 0 ? random() : random() % 4 == 0 ? 0xffff : 0;
        bytes[i] = static_cast<std::uint8_t>(group >> 8);
        bytes[i + 1] = static_cast<std::uint8_t>(group);
    }
    std::string text; // in full, so that the server abbreviates
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0 && i % 2 == 0)
            text += ':';
        pg::append_number(bytes[i] >> 4, 16, text);
        pg::append_number(bytes[i] & 15, 16, text);
    }
    return text + '/' + std::to_string(random() % 129);
}

inline std::string random_network(std::mt19937_64& random)
{
    return to_string(pg::cidr{*pg::inet::parse(random_address(random))});
}

/// Every kind of double that has a place in a plane: whole, fractions, huge, tiny.
inline std::string random_number(std::mt19937_64& random)
{
    double value = 0;
    do
        value = random() % 2 == 0 ? static_cast<double>(random() % 2001) / 8 - 125
                                  : std::bit_cast<double>(random());
    while (!std::isfinite(value) || std::abs(value) > 1e100);
    std::string text;
    pg::append_number(value, text);
    return text;
}

inline std::string random_point(std::mt19937_64& random)
{
    auto const x = random_number(random);
    return '(' + x + ',' + random_number(random) + ')';
}

inline std::string random_points(std::mt19937_64& random, std::size_t count)
{
    std::string text = random_point(random);
    while (--count != 0)
        text += ',' + random_point(random);
    return text;
}

inline std::string random_bits(std::mt19937_64& random)
{
    std::string text(random() % 70, '0');
    for (char& each : text)
        each = random() % 2 == 0 ? '0' : '1';
    return text;
}

inline std::string random_word(std::mt19937_64& random)
{
    static constexpr std::string_view letters[] = {
        "a", "b", "c", "''", "\\\\", " ", ":", "*", "&", "\xc3\xa4", "\xe2\x82\xac", "(", "1"};
    std::string word = "'x";
    for (auto count = random() % 4; count != 0; --count)
        word += letters[random() % std::size(letters)];
    return word + '\'';
}

inline std::string random_query(std::mt19937_64& random, unsigned depth)
{
    static constexpr std::string_view weights[] = {"", ":A", ":*", ":*BC", ":ABCD", ":D"};
    static constexpr std::string_view operators[] = {"&", "|", "<->", "<3>", "<0>", "<16384>"};
    if (depth == 0 || random() % 6 == 0)
        return random_word(random) + std::string{weights[random() % std::size(weights)]};
    if (random() % 4 == 0)
        return "!(" + random_query(random, depth - 1) + ')';
    auto const left = random_query(random, depth - 1);
    return '(' + left + ')' + std::string{operators[random() % std::size(operators)]} + '(' +
           random_query(random, depth - 1) + ')';
}

inline std::string random_vector(std::mt19937_64& random)
{
    std::string text;
    for (auto count = random() % 20; count != 0; --count) {
        text += random_word(random);
        char separator = ':';
        for (auto places = random() % 4; places != 0; --places) {
            text += separator + std::to_string(1 + random() % 16383) + "ABCD"[random() % 4];
            separator = ',';
        }
        text += ' ';
    }
    return text;
}

inline std::string random_hex(std::mt19937_64& random, std::size_t bytes)
{
    std::string text;
    for (std::size_t i = 0; i < 2 * bytes; ++i)
        text += "0123456789abcdef"[random() % 16];
    return text;
}

/// A document, of which json keeps the layout.
inline std::string random_document(std::mt19937_64& random, unsigned depth = 3)
{
    static constexpr std::string_view scalars[] = {"null", "true", "false", "0", "-1.50e3", "\"\"",
        "\"a\\\"b\\\\c\\u00e4\"", "\"\xe2\x82\xac {}[],:\"", "12345678901234567890.5", "1E-20"};
    if (depth == 0 || random() % 3 == 0)
        return std::string{scalars[random() % std::size(scalars)]};
    bool const object = random() % 2 == 0;
    std::string text = object ? "{" : "[";
    for (auto count = random() % 4; count != 0; --count) {
        if (object)
            text += "\"k" + std::to_string(random() % 5) + "\": ";
        text += random_document(random, depth - 1);
        text += count == 1 ? "" : random() % 2 == 0 ? "," : " , ";
    }
    return text + (object ? '}' : ']');
}

inline std::string random_xml(std::mt19937_64& random)
{
    std::string const name(1, static_cast<char>('a' + random() % 26));
    std::string const inner = random() % 3 == 0 ? random_xml(random) : "t&amp;\xc3\xa4 '\"{},";
    return '<' + name + " x=\"" + random_hex(random, 3) + "\">" + inner + "</" + name + '>';
}

inline std::string random_path(std::mt19937_64& random)
{
    std::string text = random() % 2 == 0 ? "$" : "lax $";
    for (auto count = random() % 4; count != 0; --count)
        text += random() % 2 == 0 ? ".k" + std::to_string(random() % 9)
                                  : '[' + std::to_string(random() % 9) + ']';
    return text + (random() % 2 == 0 ? " ? (@.a == \"x y\")" : "");
}

/// Some numbers with a space between them.
template <class T>
std::string random_numbers(std::mt19937_64& random)
{
    std::string text;
    for (auto count = random() % 6; count != 0; --count) {
        text += std::to_string(static_cast<T>(random()));
        text += count == 1 ? "" : " ";
    }
    return text;
}

/// The number of a thing that the catalog does not have.
inline std::string random_unknown(std::mt19937_64& random)
{
    return std::to_string(4'000'000'000 + random() % 200'000'000);
}

inline std::string random_privileges(std::mt19937_64& random, std::string const& role)
{
    std::string text = role + '=';
    for (char const each : std::string_view{"arwdDxt"}) {
        if (random() % 2 == 0)
            continue;
        text += each;
        text += random() % 4 == 0 ? "*" : "";
    }
    return text + '/' + role;
}

inline std::string random_snapshot(std::mt19937_64& random)
{
    std::uint64_t const first = 1 + (random() >> 2);
    std::string text = std::to_string(first) + ':' + std::to_string(first + 100) + ':';
    char const* separator = "";
    for (std::uint64_t i = 0; i < 100; ++i) {
        if (random() % 8 != 0)
            continue;
        text += separator + std::to_string(first + i);
        separator = ",";
    }
    return text;
}

} // namespace random_literals
