#pragma once

#include "../core/quoting.hpp"
#include "../types/parameters.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// A name that becomes part of the text of pg::sql(), quoted: `identifier("Order")`,
/// `identifier("public", "users")`.
class identifier
{
public:
    explicit identifier(std::string_view name) : quoted_{quote_identifier(name)} {}
    identifier(std::string_view schema, std::string_view name)
        : quoted_{quote_identifier(schema) + '.' + quote_identifier(name)}
    {}
    [[nodiscard]] std::string const& quoted() const noexcept { return quoted_; }

private:
    std::string quoted_;
};

/// SQL put together from parts, safely: each `{}` of the text stands for an argument. Names, as
/// identifier, are quoted; other sql is inserted with its own arguments; all else are values, which
/// never become text: they go as parameters. `{{` and `}}` are braces; don't write $1.
///
///     auto query = pg::sql("SELECT * FROM {} WHERE {} = {}", pg::identifier(table),
///         pg::identifier(column), value);
///     if (limit)
///         query += pg::sql(" LIMIT {}", *limit);
///     auto rows = co_await conn.fetch(query);
///
/// Throws encode_error for a text whose `{}` are not as many as the arguments, and for values that
/// can't be sent. Copies its arguments.
/// https://www.postgresql.org/docs/current/sql-syntax-lexical.html
class sql
{
public:
    template <class... Arguments>
    explicit sql(std::string_view text, Arguments const&... arguments) : pieces_(1)
    {
        (add(text, arguments), ...);
        if (take_literal(text))
            throw encode_error{"pg::sql: the text has more {} than there are arguments"};
    }

    /// Puts more behind it, with its values.
    sql& operator+=(sql const& behind)
    {
        pieces_.back() += behind.pieces_.front();
        pieces_.insert(pieces_.end(), behind.pieces_.begin() + 1, behind.pieces_.end());
        values_.insert(values_.end(), behind.values_.begin(), behind.values_.end());
        return *this;
    }
    friend sql operator+(sql before, sql const& behind) { return std::move(before += behind); }

    /// With $1, $2… for the values.
    [[nodiscard]] std::string text() const
    {
        std::string all = pieces_.front();
        for (std::size_t i = 1; i < pieces_.size(); ++i)
            all.append("$").append(std::to_string(i)).append(pieces_[i]);
        return all;
    }

    /// The values, as Parse and Bind have them.
    friend void encode_parameters(byte_writer& types, byte_writer& to, sql const& query)
    {
        if (query.values_.size() > 0xffff)
            throw encode_error{"a statement takes no more than 65535 parameters"};
        auto const count = static_cast<std::uint16_t>(query.values_.size());
        types.put(count);
        to.put(count);
        for (value const& each : query.values_)
            to.put(static_cast<std::int16_t>(each.as));
        to.put(count);
        for (value const& each : query.values_) {
            types.put(static_cast<std::uint32_t>(each.type));
            to.put(std::string_view{each.bytes});
        }
    }

private:
    struct value
    {
        oid type;
        format as;
        std::string bytes; // behind their length
    };

    template <class T>
    void add(std::string_view& text, T const& argument)
    {
        if (!take_literal(text))
            throw encode_error{"pg::sql: there are more arguments than the text has {}"};
        append(argument);
    }
    void append(identifier const& name) { pieces_.back() += name.quoted(); }
    void append(sql const& part) { *this += part; }
    template <class T>
    void append(T const& argument)
    {
        static_assert(check_parameter<T>());
        small_byte_writer<64> bytes;
        encode_parameter(values_.size() + 1, argument, bytes);
        values_.push_back({parameter_oid(argument), parameter_format(argument),
            std::string{reinterpret_cast<char const*>(bytes.data()), bytes.size()}});
        pieces_.emplace_back();
    }

    /// Takes the text up to the next {}, and that too. Gives whether there was one.
    [[nodiscard]] bool take_literal(std::string_view& text)
    {
        for (;;) {
            std::size_t const brace = text.find_first_of("{}");
            pieces_.back() += text.substr(0, brace);
            if (brace == std::string_view::npos) {
                text = {};
                return false;
            }
            std::string_view const two = text.substr(brace, 2);
            text.remove_prefix(brace + two.size());
            if (two == "{}")
                return true;
            if (two != "{{" && two != "}}")
                throw encode_error{
                    "pg::sql: a brace of the text itself is written twice: {{ or }}"};
            pieces_.back() += two.front();
        }
    }

    std::vector<std::string> pieces_; // between them stand the values
    std::vector<value> values_;
};

} // namespace pgcoro
