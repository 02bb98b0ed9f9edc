#pragma once

#include "pgcoro/core/byte_writer.hpp"
#include "pgcoro/types/codec.hpp"
#include "pgcoro/types/text_form.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Fields made by hand. Each value lies in memory of exactly its size, so that a sanitizer sees any
/// look beyond it.

namespace testing_fields {

using bytes = std::vector<std::byte>;

inline bytes to_bytes(std::string_view text)
{
    auto const span = std::as_bytes(std::span{text.data(), text.size()});
    return {span.begin(), span.end()};
}

template <class T>
bytes big(T value)
{
    bytes out(sizeof value);
    pgcoro::store_big(out.data(), value);
    return out;
}

class owned_field
{
public:
    owned_field(bytes const& value, pgcoro::oid type, pgcoro::format as)
        : data_{std::make_unique<std::byte[]>(value.size())},
          field_{data_.get(), static_cast<std::int32_t>(value.size()), type, as}
    {
        for (std::size_t i = 0; i < value.size(); ++i)
            data_[i] = value[i];
    }

    [[nodiscard]] pgcoro::field const& get() const { return field_; }

private:
    std::unique_ptr<std::byte[]> data_;
    pgcoro::field field_;
};

/// The value, or nothing if the codec refused it. Must not be used for what borrows.
template <class T>
std::optional<T> decoded(bytes const& value, pgcoro::oid type, pgcoro::format as)
{
    owned_field const from{value, type, as};
    T to{};
    if (!pgcoro::decode_field(from.get(), to))
        return std::nullopt;
    return to;
}

template <class T>
std::optional<T> from_binary(bytes const& value, pgcoro::oid type)
{
    return decoded<T>(value, type, pgcoro::format::binary);
}

template <class T>
std::optional<T> from_text(std::string_view value, pgcoro::oid type)
{
    return decoded<T>(to_bytes(value), type, pgcoro::format::text);
}

template <class T>
bytes encoded(T const& value, pgcoro::format as)
{
    pgcoro::byte_writer to;
    pgcoro::codec<T>::encode(value, as, to);
    auto const span = to.bytes();
    return {span.begin(), span.end()};
}

template <class T>
std::string as_text(T const& value)
{
    bytes const out = encoded(value, pgcoro::format::text);
    return {reinterpret_cast<char const*>(out.data()), out.size()};
}

/// What a record prints for it.
inline std::string record_text(bytes const& value, pgcoro::oid type, pgcoro::format as)
{
    owned_field const from{value, type, as};
    std::string text;
    pgcoro::append_text(from.get(), text);
    return text;
}

template <class T>
std::string printed(T const& value)
{
    std::ostringstream out;
    out << value;
    return out.str();
}

/// A value that the wire has in these bytes and the server prints as this: both codecs both ways,
/// and what a record prints.
template <class T>
bool is_exchanged_as(T const& value, bytes const& wire, std::string const& text)
{
    constexpr pgcoro::oid type = pgcoro::type_of<T>();
    auto const same = [&](std::optional<T> const& read) {
        return read && encoded(*read, pgcoro::format::binary) == wire;
    };
    return encoded(value, pgcoro::format::binary) == wire && as_text(value) == text &&
           same(from_binary<T>(wire, type)) && same(from_text<T>(text, type)) &&
           from_text<T>(text, type) == value && from_binary<T>(wire, type) == value &&
           record_text(wire, type, pgcoro::format::binary) == text;
}

/// Only binary values of this length are taken, whatever they hold.
template <class T>
bool has_only_size(std::size_t size)
{
    bool right = true;
    for (std::size_t length = 0; length <= 2 * size; ++length)
        right = right &&
                from_binary<T>(bytes(length), pgcoro::type_of<T>()).has_value() == (length == size);
    return right;
}

/// Values of every length up to `longest`, of bytes that never fit and bytes that often do, in both
/// formats and as all these types: whatever comes of it, nothing outside is read.
template <class T>
std::size_t decode_garbage(std::size_t longest, std::vector<pgcoro::oid> const& types)
{
    std::mt19937 random{20240229}; // the same garbage every time
    std::size_t accepted = 0;
    std::string_view const likely = "{}[]()=>\",\\N0123456789-+.eExabtfULL \0\1\2\3"
                                    "\xff";
    for (std::size_t size = 0; size <= longest; ++size)
        for (pgcoro::oid const type : types)
            for (pgcoro::format const as : {pgcoro::format::text, pgcoro::format::binary})
                for (int round = 0; round < 40; ++round) {
                    bytes value(size);
                    for (std::byte& each : value)
                        each = round % 4 == 0 ? static_cast<std::byte>(random())
                               : round % 4 == 1
                                   ? static_cast<std::byte>(random() % 4)
                                   : static_cast<std::byte>(likely[random() % likely.size()]);
                    owned_field const from{value, type, as};
                    T to{};
                    accepted += pgcoro::decode_field(from.get(), to) ? 1 : 0;
                }
    return accepted;
}

/// Cuts a good value off at each byte, and changes each byte: nothing outside is read.
template <class T>
void decode_damaged(bytes const& good, pgcoro::oid type, pgcoro::format as)
{
    for (std::size_t size = 0; size < good.size(); ++size) {
        bytes const cut{good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)};
        (void)decoded<T>(cut, type, as);
    }
    for (std::size_t at = 0; at < good.size(); ++at)
        for (unsigned const flip : {0x01U, 0x80U, 0x7fU, 0xffU}) {
            bytes changed = good;
            changed[at] ^= static_cast<std::byte>(flip);
            (void)decoded<T>(changed, type, as);
        }
}

} // namespace testing_fields
