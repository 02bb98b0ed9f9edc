#pragma once

#include "server_error.hpp"

#include <mutex>

namespace pgcoro {

/// A condition whose type somebody in the program named where it must be complete: to catch it, to
/// cast to it. All of them are a list, from the start of the program or of the library that they
/// are in to its end. https://www.postgresql.org/docs/current/errcodes-appendix.html
class known_condition
{
public:
    /// Throws an error as its condition's type.
    using raiser = void(server_error const&);

    known_condition(sqlstate code, raiser* raise) noexcept : code_{code}, raise_{raise}
    {
        std::lock_guard const lock{mutex_};
        next_ = first_;
        first_ = this;
    }
    known_condition(known_condition const&) = delete;
    known_condition& operator=(known_condition const&) = delete;
    ~known_condition()
    {
        std::lock_guard const lock{mutex_};
        known_condition** at = &first_;
        while (*at != this)
            at = &(*at)->next_;
        *at = next_;
    }

    /// Null if nobody can tell the condition from others of its class.
    [[nodiscard]] static raiser* find(sqlstate code) noexcept
    {
        std::lock_guard const lock{mutex_};
        known_condition const* at = first_;
        while (at != nullptr && at->code_ != code)
            at = at->next_;
        return at != nullptr ? at->raise_ : nullptr;
    }

private:
    sqlstate code_;
    raiser* raise_;
    known_condition* next_ = nullptr;

    static inline std::mutex mutex_;
    static inline known_condition* first_ = nullptr;
};

template <char... Code>
class condition_error;

/// What the type of a condition derives from: the type of its class, which has zeros behind the
/// first two characters, if there is one.
template <char A, char B, char C, char D, char E>
struct condition_base
{
    using type = condition_error<A, B, '0', '0', '0'>;
};
template <char A, char B>
struct condition_base<A, B, '0', '0', '0'>
{
    using type = server_error;
};
template <char C, char D, char E>
struct condition_base<'1', '0', C, D, E>
{
    using type = server_error;
};

/// The exception type of one condition; core/conditions.hpp has their names. Compiling all 250 of
/// them wherever something may be thrown took longer than all the rest of the session, and a
/// program catches three. So they are templates, and where one is used, it makes itself known to
/// throw_server_error(). What nobody names is thrown as the type of its class, or as server_error;
/// nobody can tell. (Two can: who looks at the name of the type, and a program that catches what a
/// plugin throws without the two having the library in common. Such a plugin includes
/// core/all_conditions.hpp.)
template <char... Code>
class condition_error : public condition_base<Code...>::type
{
    using base = typename condition_base<Code...>::type;

public:
    using base::base;

    static constexpr char text[] = {Code...};
    static constexpr sqlstate condition{std::string_view{text, sizeof...(Code)}};

private:
    [[noreturn]] static void raise(server_error const& error)
    {
        throw condition_error{error, server_error::retyped{}};
    }

    static inline known_condition const known_{condition, &raise};
    /// Whoever instantiates the class instantiates this, and this the definition above.
    template <known_condition const&>
    struct used
    {};
    using made_known = used<known_>;
};

} // namespace pgcoro
