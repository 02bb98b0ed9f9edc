#pragma once

#include "../core/byte_reader.hpp"
#include "array_text.hpp"
#include "codec.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

using hstore = std::map<std::string, std::optional<std::string>>;

/// Takes the text of an hstore apart: `"a"=>"1", "b"=>NULL`, as the server writes it.
class hstore_text_reader
{
public:
    explicit hstore_text_reader(std::string_view text) noexcept : rest_{text} {}

    /// False if that is no hstore.
    [[nodiscard]] bool read(hstore& to)
    {
        to.clear();
        while (!rest_.empty()) {
            std::string key;
            std::optional<std::string> value;
            if (!(to.empty() || take(", ")) || !take_quoted(key) || !take("=>") ||
                !(take("NULL") || take_quoted(value.emplace())))
                return false;
            to.insert_or_assign(std::move(key), std::move(value));
        }
        return true;
    }

private:
    [[nodiscard]] bool take(std::string_view wanted) noexcept
    {
        bool const there = rest_.substr(0, wanted.size()) == wanted;
        if (there)
            rest_.remove_prefix(wanted.size());
        return there;
    }

    [[nodiscard]] bool take_quoted(std::string& to)
    {
        if (!take("\""))
            return false;
        while (!take("\"")) {
            (void)take("\\");
            if (rest_.empty())
                return false;
            to += rest_.front();
            rest_.remove_prefix(1);
        }
        return true;
    }

    std::string_view rest_;
};

/// The extension hstore: keys to values or NULL. Its OID differs from database to database, so it
/// is sent as text, whose type the server infers; read in binary, or from text. Any map of these
/// types is taken for one. https://www.postgresql.org/docs/current/hstore.html
template <>
struct codec<hstore>
{
    static constexpr std::string_view type_name = "hstore";
    static constexpr format result_format = format::binary;

    static bool decode(field const& from, hstore& to)
    {
        return from.is_binary() ? decode_binary(from, to)
                                : hstore_text_reader{from.text()}.read(to);
    }

    static void encode(hstore const& value, format as, byte_writer& to)
    {
        if (as == format::binary)
            encode_binary(value, to);
        else
            encode_text(value, to);
    }

private:
    static bool decode_binary(field const& from, hstore& to)
    {
        byte_reader reader{from.bytes()};
        auto const count = reader.get<std::int32_t>();
        to.clear();
        if (count < 0 || reader.remaining() / 8 < static_cast<std::size_t>(count))
            return false;
        for (std::int32_t i = 0; i < count; ++i) {
            std::string key;
            std::optional<std::string> value;
            if (!take(reader, value) || !value)
                return false;
            key = std::move(*value);
            if (!take(reader, value))
                return false;
            to.insert_or_assign(std::move(key), std::move(value));
        }
        return reader.exhausted();
    }

    static bool take(byte_reader& from, std::optional<std::string>& to)
    {
        auto const size = from.get<std::int32_t>();
        to.reset();
        if (size == -1)
            return from.ok();
        auto const bytes = from.get_bytes(static_cast<std::uint32_t>(size));
        if (from.ok())
            to.emplace(reinterpret_cast<char const*>(bytes.data()), bytes.size());
        return from.ok();
    }

    static void encode_binary(hstore const& value, byte_writer& to)
    {
        to.put(static_cast<std::int32_t>(value.size()));
        for (auto const& [key, text] : value) {
            to.put(static_cast<std::int32_t>(key.size()));
            to.put(std::string_view{key});
            to.put(text ? static_cast<std::int32_t>(text->size()) : std::int32_t{-1});
            if (text)
                to.put(std::string_view{*text});
        }
    }

    static void encode_text(hstore const& value, byte_writer& to)
    {
        std::string_view separator = "";
        for (auto const& [key, text] : value) {
            to.put(separator);
            put_array_element(key, to); // quoted as in arrays
            to.put(std::string_view{"=>"});
            if (text)
                put_array_element(*text, to);
            else
                to.put(std::string_view{"NULL"});
            separator = ", ";
        }
    }
};

} // namespace pgcoro
