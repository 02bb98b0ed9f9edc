#pragma once

#include "../core/block.hpp"
#include "../core/error.hpp"
#include "../core/inlined.hpp"
#include "field_view.hpp"
#include "plan.hpp"

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// What the records of one result share: their columns, and the bytes that they look into.
struct record_source
{
    std::shared_ptr<row_description const> description;
    block_refs blocks;
};

/// Up to where the values of a row have been looked for: whoever asks for them in order need not go
/// through those before each time. Threads that read one record may overwrite each other's.
class reached_value
{
public:
    reached_value() noexcept = default;
    reached_value(reached_value const& other) noexcept : packed_{other.load()} {}
    reached_value& operator=(reached_value const& other) noexcept
    {
        packed_.store(other.load(), std::memory_order_relaxed);
        return *this;
    }
    ~reached_value() = default;

    /// Where in the body the length word of a value stands, which must be there.
    [[nodiscard]] std::byte const* find(std::byte const* body, std::size_t index) noexcept
    {
        std::uint64_t const last = load();
        std::size_t reached = last >> 32;
        std::byte const* at = body + static_cast<std::uint32_t>(last);
        if (reached > index) {
            reached = 0;
            at = body + first;
        }
        for (; reached != index; ++reached) {
            auto const size = load_big<std::int32_t>(at);
            at += 4 + (size < 0 ? 0 : size);
        }
        packed_.store(std::uint64_t{index} << 32 | static_cast<std::uint64_t>(at - body),
            std::memory_order_relaxed);
        return at;
    }

private:
    static constexpr std::uint64_t first = 2; // behind the number of values

    [[nodiscard]] std::uint64_t load() const noexcept
    {
        return packed_.load(std::memory_order_relaxed);
    }

    std::atomic<std::uint64_t> packed_{first}; // the index and the offset
};

/// A row whose columns are known at run time only. Cheap to copy; keeps the bytes of its result
/// alive, and is immutable: it may be read from several threads.
class record
{
public:
    class iterator;

    record() noexcept = default;

    /// `body` is that of a DataRow in one of the source's blocks, which fits_columns() accepted.
    record(std::shared_ptr<record_source const> source, std::byte const* body) noexcept
        : source_{std::move(source)}, body_{body}
    {}

    [[nodiscard]] std::size_t size() const noexcept
    {
        return source_ ? load_big<std::uint16_t>(body_) : 0;
    }
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    /// The columns, in order. The record must not be a default-constructed one.
    [[nodiscard]] std::vector<column_description> const& columns() const noexcept
    {
        return source_->description->columns;
    }

    /// The value at an index; out of range throws decode_error saying how many there are.
    template <std::integral Index>
    [[nodiscard]] field_view operator[](Index index) const
    {
        return at(static_cast<std::size_t>(index));
    }
    [[nodiscard]] PGCORO_INLINED field_view at(std::size_t index) const
    {
        if (index >= size())
            throw_no_index(index);
        column_description const& column = columns()[index];
        std::byte const* const found = reached_.find(body_, index);
        return {column, found + 4, load_big<std::int32_t>(found)};
    }
    [[nodiscard]] field_view at(std::string_view name) const { return (*this)[name]; }
    /// The value of the first column of that name; throws decode_error naming those there are.
    [[nodiscard]] field_view operator[](std::string_view name) const;
    [[nodiscard]] field_view operator[](char const* name) const
    {
        return (*this)[std::string_view{name}];
    }

    [[nodiscard]] bool contains(std::string_view name) const noexcept
    {
        return index_of(name) != size();
    }

    /// The columns' names, in order. They live as long as the record, or another of its result.
    [[nodiscard]] std::vector<std::string_view> keys() const
    {
        std::vector<std::string_view> names;
        names.reserve(size());
        for (std::size_t i = 0; i < size(); ++i)
            names.emplace_back(columns()[i].name);
        return names;
    }

    /// The value at an index, or of a name, as a T: field_view::as().
    template <class T, class Key>
    [[nodiscard]] T get(Key const& key) const
    {
        return (*this)[key].template as<T>();
    }

    /// The whole row as a tuple, or as an aggregate by column name. Throws row_mismatch with all
    /// that doesn't fit, decode_error for a value. It compares the columns each time: to read many
    /// rows, fetch<T>.
    template <class T>
    [[nodiscard]] T as() const;

    [[nodiscard]] iterator begin() const noexcept;
    [[nodiscard]] iterator end() const noexcept;

private:
    [[noreturn]] void throw_no_index(std::size_t index) const;
    [[nodiscard]] std::size_t index_of(std::string_view name) const noexcept
    {
        std::size_t const count = size();
        std::size_t index = 0;
        while (index != count && columns()[index].name != name)
            ++index;
        return index;
    }

    std::shared_ptr<record_source const> source_;
    std::byte const* body_ = nullptr;
    reached_value mutable reached_;
};

/// Goes over the values in the order of their columns.
class record::iterator
{
public:
    using value_type = field_view;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    using reference = field_view;
    using pointer = void;

    iterator() noexcept = default;
    iterator(column_description const* column, std::byte const* at) noexcept
        : column_{column}, at_{at}
    {}

    [[nodiscard]] field_view operator*() const noexcept { return {*column_, at_ + 4, length()}; }
    iterator& operator++() noexcept
    {
        auto const size = length();
        at_ += 4 + (size < 0 ? 0 : size);
        ++column_;
        return *this;
    }
    iterator operator++(int) noexcept
    {
        iterator const before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(iterator const& a, iterator const& b) noexcept
    {
        return a.column_ == b.column_;
    }

    /// Where the next length word stands: behind the last value, the end of the row.
    [[nodiscard]] std::byte const* position() const noexcept { return at_; }

private:
    [[nodiscard]] std::int32_t length() const noexcept { return load_big<std::int32_t>(at_); }

    column_description const* column_ = nullptr;
    std::byte const* at_ = nullptr;
};

inline record::iterator record::begin() const noexcept
{
    return source_ ? iterator{columns().data(), body_ + 2} : iterator{};
}

inline record::iterator record::end() const noexcept
{
    return source_ ? iterator{columns().data() + size(), nullptr} : iterator{};
}

inline void record::throw_no_index(std::size_t index) const
{
    throw decode_error{"the row has " + std::to_string(size()) +
                       (size() == 1 ? " column, " : " columns, ") + "none at index " +
                       std::to_string(index)};
}

inline field_view record::operator[](std::string_view name) const
{
    std::size_t const index = index_of(name);
    if (index != size())
        return (*this)[index];
    std::string text = "the row has no column \"" + std::string{name} + "\"; its columns are";
    char const* separator = " ";
    for (field_view const value : *this) {
        text += std::exchange(separator, ", ");
        text += value.name();
    }
    throw decode_error{text};
}

template <class T>
inline T record::as() const
{
    row_plan<T> plan;
    std::string error;
    if (!row_plan<T>::make(*source_->description, plan, error))
        throw row_mismatch{error};
    iterator last = begin();
    while (last != end())
        ++last;
    auto const length = static_cast<std::size_t>(last.position() - body_);
    T row{};
    if (!plan.decode(body_, length, row))
        throw decode_error{plan.explain(body_, length)};
    return row;
}

/// Prints the values as the server would, with a space between them; NULL as `NULL`.
[[nodiscard]] inline std::string to_string(record const& row)
{
    std::string text;
    bool first = true;
    for (field_view const value : row) {
        if (!std::exchange(first, false))
            text += ' ';
        value.append_to(text);
    }
    return text;
}

/// The row as a JSON object, a member for each column: `{"id":1,"name":"John","tags":["a",null]}`.
/// Numbers, booleans, NULL, arrays of built-in types, json and jsonb are JSON's own; all else is a
/// string of the text that the server would print. The bytes are in the client_encoding, which JSON
/// wants to be UTF-8.
[[nodiscard]] inline std::string to_json(record const& row)
{
    std::string text;
    char separator = '{';
    for (field_view const value : row) {
        text += std::exchange(separator, ',');
        append_json_string(value.name(), text);
        text += ':';
        value.append_json_to(text);
    }
    text += row.empty() ? "{}" : "}";
    return text;
}

template <class Traits>
std::basic_ostream<char, Traits>& operator<<(
    std::basic_ostream<char, Traits>& out, record const& row)
{
    return out << to_string(row);
}

} // namespace pgcoro
