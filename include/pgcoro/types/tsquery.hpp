#pragma once

#include "../core/byte_reader.hpp"
#include "../core/error.hpp"
#include "codec.hpp"
#include "printing.hpp"
#include "text_search_marks.hpp"

#include <algorithm>
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

/// What a document is searched for: words joined by & | ! and <->. A tree without pointers: each
/// operator stands before what it joins, its right side first, as in PostgreSQL's binary format.
/// One without items, which is what to_tsquery() makes of stop words, can be read, but sent only as
/// text: as_oid(unspecified_oid, value).
/// https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY
struct tsquery
{
    enum class kind : std::uint8_t
    {
        word,
        not_,
        and_,
        or_,
        phrase
    };

    struct item
    {
        tsquery::kind kind = tsquery::kind::word;
        bool prefix = false;        ///< `word:*`, all that begin so
        std::uint8_t weights = 0;   ///< 1 for D, 2 for C, 4 for B, 8 for A; none is all
        std::uint16_t distance = 0; ///< of a phrase: 1 for <->
        std::string word;
        bool operator==(item const&) const = default;
    };

    tsquery() noexcept = default;
    explicit tsquery(std::vector<item> tree) : items{std::move(tree)} {}

    std::vector<item> items;

    /// Reads what to_string() writes: quoted words, all operators, parentheses.
    [[nodiscard]] static std::optional<tsquery> parse(std::string_view text);

    /// The items are one tree, or none.
    [[nodiscard]] bool is_whole() const noexcept
    {
        std::size_t open = items.empty() ? 0 : 1;
        for (item const& each : items) {
            if (open == 0)
                return false;
            open += static_cast<std::size_t>(operands(each.kind));
            --open;
        }
        return open == 0;
    }

    [[nodiscard]] static constexpr int operands(tsquery::kind kind) noexcept
    {
        return kind == kind::word ? 0 : kind == kind::not_ ? 1 : 2;
    }

    /// Which operator is done first: the higher one.
    [[nodiscard]] static constexpr int priority(tsquery::kind kind) noexcept
    {
        switch (kind) {
        case kind::or_:
            return 1;
        case kind::and_:
            return 2;
        case kind::phrase:
            return 3;
        default:
            return 4;
        }
    }

    bool operator==(tsquery const&) const = default;
};

inline void append_search_operator(tsquery::item const& item, std::string& to)
{
    switch (item.kind) {
    case tsquery::kind::word:
        append_search_word(item.word, to);
        if (item.prefix || item.weights != 0)
            to += ':';
        if (item.prefix)
            to += '*';
        for (unsigned i = 0; i < 4; ++i)
            if ((item.weights & 8U >> i) != 0)
                to += "ABCD"[i];
        break;
    case tsquery::kind::not_:
        to += '!';
        break;
    case tsquery::kind::and_:
        to += " & ";
        break;
    case tsquery::kind::or_:
        to += " | ";
        break;
    case tsquery::kind::phrase:
        if (item.distance == 1)
            to += " <-> ";
        else
            to += " <" + std::to_string(item.distance) + "> ";
    }
}

/// As the server prints it: `'fat' & ( 'cat' | 'rat':*A )`. What is not a whole tree is printed as
/// far as it is one.
[[nodiscard]] inline std::string to_string(tsquery const& value)
{
    // A query may be deeper than the stack allows to recurse: what is still to be printed, the next
    // last. Its place among the items is that of a tree, or an operator, or the end for ` )`.
    struct step
    {
        std::size_t item;
        int priority;      ///< of the operator around it
        bool tree;         ///< with all below it
        bool right_phrase; ///< the right side of a phrase: another one needs parentheses
    };
    auto const& items = value.items;
    std::string text;
    if (items.empty() || !value.is_whole())
        return text;

    std::vector<std::size_t> sizes(items.size()); // of the tree that begins there
    std::vector<std::size_t> ends;
    for (std::size_t i = items.size(); i-- > 0;) {
        std::size_t end = i + 1;
        for (int n = tsquery::operands(items[i].kind); n > 0; --n) {
            end = ends.back();
            ends.pop_back();
        }
        ends.push_back(end);
        sizes[i] = end - i;
    }

    std::vector<step> steps{{0, -1, true, false}};
    while (!steps.empty()) {
        step const now = steps.back();
        steps.pop_back();
        if (now.item == items.size()) {
            text += " )";
            continue;
        }
        tsquery::item const& item = items[now.item];
        if (!now.tree || item.kind == tsquery::kind::word) {
            append_search_operator(item, text);
            continue;
        }
        int const priority = tsquery::priority(item.kind);
        bool const phrase = item.kind == tsquery::kind::phrase;
        if (priority < now.priority || (phrase && now.right_phrase)) {
            text += "( ";
            steps.push_back({items.size(), 0, false, false});
        }
        std::size_t const right = now.item + 1;
        steps.push_back({right, priority, true, phrase});
        steps.push_back({now.item, 0, false, false});
        if (item.kind != tsquery::kind::not_)
            steps.push_back({right + sizes[right], priority, true, false});
    }
    return text;
}

inline std::optional<tsquery> tsquery::parse(std::string_view text)
{
    // Operators wait until what is to their right has been read. All comes out in the opposite
    // order: left side, right side, operator.
    struct waiting
    {
        item operation;
        bool parenthesis;
    };
    std::vector<item> reversed;
    std::vector<waiting> stack;
    bool wants_operand = true;
    auto const take = [&text](std::string_view wanted) {
        bool const there = text.substr(0, wanted.size()) == wanted;
        if (there)
            text.remove_prefix(wanted.size());
        return there;
    };
    auto const finish = [&](int lowest) {
        while (!stack.empty() && !stack.back().parenthesis &&
               priority(stack.back().operation.kind) >= lowest) {
            reversed.push_back(std::move(stack.back().operation));
            stack.pop_back();
        }
    };
    auto const take_operator = [&](item& to) {
        if (take("&")) {
            to.kind = kind::and_;
        } else if (take("|")) {
            to.kind = kind::or_;
        } else if (take("<->")) {
            to.kind = kind::phrase;
            to.distance = 1;
        } else if (take("<")) {
            to.kind = kind::phrase;
            auto const [stop, code] =
                std::from_chars(text.data(), text.data() + text.size(), to.distance);
            text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
            return code == std::errc{} && take(">");
        } else {
            return false;
        }
        return true;
    };
    auto const take_word = [&](item& to) {
        if (!take_search_word(text, to.word))
            return false;
        if (!take(":"))
            return true;
        std::size_t taken = 0;
        for (; !text.empty(); text.remove_prefix(1), ++taken) {
            std::size_t const weight = std::string_view{"DCBA"}.find(text.front());
            if (text.front() == '*')
                to.prefix = true;
            else if (weight <= 3)
                to.weights = static_cast<std::uint8_t>(to.weights | 1U << weight);
            else
                break;
        }
        return taken != 0;
    };

    while (true) {
        while (take(" ")) {
        }
        if (text.empty())
            break;
        item next;
        if (wants_operand) {
            if (take("(")) {
                stack.push_back({{}, true});
            } else if (take("!")) {
                next.kind = kind::not_;
                stack.push_back({std::move(next), false});
            } else if (take_word(next)) {
                reversed.push_back(std::move(next));
                wants_operand = false;
            } else {
                return std::nullopt;
            }
        } else if (take(")")) {
            finish(0);
            if (stack.empty())
                return std::nullopt;
            stack.pop_back();
        } else if (take_operator(next)) {
            finish(priority(next.kind));
            stack.push_back({std::move(next), false});
            wants_operand = true;
        } else {
            return std::nullopt;
        }
    }
    if (wants_operand && (!reversed.empty() || !stack.empty()))
        return std::nullopt;
    finish(0);
    if (!stack.empty())
        return std::nullopt;
    std::reverse(reversed.begin(), reversed.end());
    return tsquery{std::move(reversed)};
}

template <>
inline constexpr bool prints_like_server<tsquery> = true;

template <>
struct codec<tsquery>
{
    static constexpr oid type = oids::tsquery;

    static bool decode(field const& from, tsquery& to)
    {
        if (!from.is_binary()) {
            auto read = tsquery::parse(from.text());
            if (read)
                to = std::move(*read);
            return read.has_value();
        }
        byte_reader reader{from.bytes()};
        auto const count = reader.get<std::int32_t>();
        to.items.clear();
        if (count < 0 || reader.remaining() / 2 < static_cast<std::size_t>(count))
            return false;
        to.items.reserve(static_cast<std::size_t>(count));
        for (std::int32_t i = 0; i < count; ++i)
            if (!decode_item(reader, to.items.emplace_back()))
                return false;
        return reader.exhausted() && to.is_whole();
    }

    static void encode(tsquery const& value, format as, byte_writer& to)
    {
        if (!value.is_whole())
            throw encode_error{"the items of a tsquery are not one tree"};
        if (as == format::text) {
            to.put(std::string_view{to_string(value)});
            return;
        }
        if (value.items.empty())
            throw encode_error{"PostgreSQL takes no empty tsquery in binary; "
                               "pgcoro::as_oid(pgcoro::unspecified_oid, value) sends it as text"};
        to.put(static_cast<std::int32_t>(value.items.size()));
        for (tsquery::item const& each : value.items)
            encode_item(each, to);
    }

private:
    static constexpr std::uint8_t word_item = 1;
    static constexpr std::uint8_t operator_item = 2;

    static bool decode_item(byte_reader& from, tsquery::item& to)
    {
        auto const tag = from.get<std::uint8_t>();
        if (tag == word_item) {
            to.weights = from.get<std::uint8_t>();
            to.prefix = from.get<std::uint8_t>() != 0;
            to.word = from.get_string();
            return from.ok() && to.weights <= 15;
        }
        auto const operation = from.get<std::uint8_t>();
        to.kind = static_cast<tsquery::kind>(operation);
        if (to.kind == tsquery::kind::phrase)
            to.distance = from.get<std::uint16_t>();
        return from.ok() && tag == operator_item && operation >= 1 && operation <= 4;
    }

    static void encode_item(tsquery::item const& item, byte_writer& to)
    {
        if (item.kind != tsquery::kind::word) {
            to.put(operator_item);
            to.put(static_cast<std::uint8_t>(item.kind));
            if (item.kind == tsquery::kind::phrase)
                to.put(item.distance);
            return;
        }
        if (item.word.find('\0') != item.word.npos)
            throw encode_error{"a word of a tsquery holds a zero byte"};
        to.put(word_item);
        to.put(item.weights);
        to.put(static_cast<std::uint8_t>(item.prefix ? 1 : 0));
        to.put_string(item.word);
    }
};

} // namespace pgcoro
