#pragma once

#include "../common/decode.hpp"

#include <optional>

namespace bench {

/// Goes over the values of a DataRow.
class row_cursor
{
public:
    explicit row_cursor(std::byte const* body) noexcept : at_{body + 2} {}

    /// A value whose length its type says: the length word is not looked at.
    template <class T>
    [[gnu::always_inline]] void fixed(T& to, std::int32_t size = sizeof(T))
    {
        decode_value(at_ + 4, size, to);
        at_ += 4 + size;
    }
    template <class T>
    [[gnu::always_inline]] void varying(T& to)
    {
        auto const size = load<std::int32_t>(at_);
        decode_value(at_ + 4, size, to);
        at_ += 4 + size;
    }
    template <class T>
    [[gnu::always_inline]] void nullable(std::optional<T>& to)
    {
        auto const size = load<std::int32_t>(at_);
        if (size < 0) {
            to.reset();
            at_ += 4;
        } else {
            decode_value(at_ + 4, size, to.emplace());
            at_ += 4 + size;
        }
    }

private:
    std::byte const* at_;
};

// Straight on, column by column.

template <class Text>
[[gnu::always_inline]] inline void decode_row(std::byte const* body, type_row<Text>& to)
{
    row_cursor from{body};
    from.varying(to.typname);
    from.fixed(to.typnamespace);
    from.fixed(to.typowner);
    from.fixed(to.typlen);
    from.fixed(to.typbyval);
    from.fixed(to.typcategory);
    from.fixed(to.typispreferred);
    from.fixed(to.typisdefined);
    from.fixed(to.typdelim);
    from.fixed(to.typrelid);
    from.fixed(to.typelem);
    from.fixed(to.typarray);
}

template <class Text>
[[gnu::always_inline]] inline void decode_row(std::byte const* body, user_row<Text>& to)
{
    row_cursor from{body};
    from.fixed(to.id);
    from.varying(to.name);
    from.varying(to.email);
    from.fixed(to.balance);
}

template <class Text>
[[gnu::always_inline]] inline void decode_row(std::byte const* body, order_row<Text>& to)
{
    row_cursor from{body};
    from.fixed(to.id);
    from.fixed(to.price);
    from.varying(to.name);
    from.fixed(to.created);
    from.varying(to.amount);
    from.fixed(to.active);
    from.fixed(to.token);
    from.nullable(to.note);
}

template <class Text>
[[gnu::always_inline]] inline void decode_row(std::byte const* body, event_row<Text>& to)
{
    row_cursor from{body};
    from.fixed(to.id);
    from.varying(to.name);
    from.varying(to.email);
    from.fixed(to.score);
}

template <class T>
[[gnu::always_inline]] inline void decode_row(std::byte const* body, single_row<T>& to)
{
    row_cursor from{body};
    if constexpr (std::integral<T>)
        from.fixed(to.value);
    else
        from.varying(to.value);
}

} // namespace bench
