#pragma once

#include "../core/byte_reader.hpp"
#include "../core/error.hpp"
#include "codec.hpp"
#include "printing.hpp"
#include "text_search_marks.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace pgcoro {

/// The words of a document, and where in it they stand. The server keeps them in order, each once,
/// the positions of each from 1 to 16383 and rising; words may be sent in any order.
/// https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSVECTOR
struct tsvector
{
    struct position
    {
        std::uint16_t number = 0;
        search_weight weight = search_weight::d;
        bool operator==(position const&) const = default;
    };

    struct lexeme
    {
        std::string word;
        std::vector<position> positions;
        bool operator==(lexeme const&) const = default;
    };

    static constexpr std::uint16_t max_position = 0x3fff;

    tsvector() noexcept = default;
    explicit tsvector(std::vector<lexeme> words) : lexemes{std::move(words)} {}

    std::vector<lexeme> lexemes;

    /// Reads what to_string() writes: quoted words, each with its positions.
    [[nodiscard]] static std::optional<tsvector> parse(std::string_view text);

    bool operator==(tsvector const&) const = default;
};

/// As the server prints it: `'cat':3 'fat':2A,4`.
[[nodiscard]] inline std::string to_string(tsvector const& value)
{
    std::string text;
    for (tsvector::lexeme const& each : value.lexemes) {
        if (!text.empty())
            text += ' ';
        append_search_word(each.word, text);
        char separator = ':';
        for (tsvector::position const& position : each.positions) {
            text += separator;
            text += std::to_string(position.number);
            if (position.weight != search_weight::d)
                text += "DCBA"[static_cast<std::size_t>(position.weight)];
            separator = ',';
        }
    }
    return text;
}

/// Takes `12` or `12A` off the front of `text`.
[[nodiscard]] inline bool take_search_position(std::string_view& text, tsvector::position& to)
{
    auto const [stop, code] = std::from_chars(text.data(), text.data() + text.size(), to.number);
    if (code != std::errc{} || to.number > tsvector::max_position)
        return false;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    std::size_t const weight = std::string_view{"DCBA"}.find(text.empty() ? ' ' : text.front());
    if (weight <= 3) {
        to.weight = static_cast<search_weight>(weight);
        text.remove_prefix(1);
    }
    return true;
}

inline std::optional<tsvector> tsvector::parse(std::string_view text)
{
    tsvector value;
    while (!text.empty()) {
        if (!value.lexemes.empty()) {
            if (text.front() != ' ')
                return std::nullopt;
            text.remove_prefix(1);
        }
        lexeme& next = value.lexemes.emplace_back();
        if (!take_search_word(text, next.word))
            return std::nullopt;
        char separator = ':';
        while (!text.empty() && text.front() == separator) {
            text.remove_prefix(1);
            if (!take_search_position(text, next.positions.emplace_back()))
                return std::nullopt;
            separator = ',';
        }
    }
    return value;
}

template <>
inline constexpr bool prints_like_server<tsvector> = true;

template <>
struct codec<tsvector>
{
    static constexpr oid type = oids::tsvector;

    static bool decode(field const& from, tsvector& to)
    {
        if (!from.is_binary()) {
            auto read = tsvector::parse(from.text());
            if (read)
                to = std::move(*read);
            return read.has_value();
        }
        byte_reader reader{from.bytes()};
        auto const count = reader.get<std::int32_t>();
        to.lexemes.clear();
        // a word is at least its zero and its number of positions
        if (count < 0 || reader.remaining() / 3 < static_cast<std::size_t>(count))
            return false;
        to.lexemes.reserve(static_cast<std::size_t>(count));
        for (std::int32_t i = 0; i < count; ++i) {
            auto const word = reader.get_string();
            auto const positions = reader.get<std::uint16_t>();
            if (!reader.ok() || reader.remaining() / 2 < positions)
                return false;
            tsvector::lexeme& next = to.lexemes.emplace_back();
            next.word = word;
            next.positions.reserve(positions);
            for (std::uint16_t j = 0; j < positions; ++j) {
                auto const packed = reader.get<std::uint16_t>();
                next.positions.push_back(
                    {static_cast<std::uint16_t>(packed & tsvector::max_position),
                        static_cast<search_weight>(packed >> 14)});
            }
        }
        return reader.exhausted();
    }

    static void encode(tsvector const& value, format as, byte_writer& to)
    {
        if (as == format::text) {
            to.put(std::string_view{to_string(value)});
            return;
        }
        to.put(static_cast<std::int32_t>(value.lexemes.size()));
        for (tsvector::lexeme const& each : value.lexemes) {
            if (each.word.find('\0') != each.word.npos)
                throw encode_error{"a word of a tsvector holds a zero byte"};
            if (each.positions.size() > 0xff)
                throw encode_error{"a word of a tsvector has more than 255 positions"};
            to.put_string(each.word);
            to.put(static_cast<std::uint16_t>(each.positions.size()));
            for (tsvector::position const& position : each.positions) {
                if (position.number == 0 || position.number > tsvector::max_position)
                    throw encode_error{"a position in a tsvector is from 1 to 16383"};
                to.put(static_cast<std::uint16_t>(
                    static_cast<unsigned>(position.weight) << 14 | position.number));
            }
        }
    }
};

} // namespace pgcoro
