#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace pgcoro {

/// A function that gives the password for a connection that is about to be made: the text itself,
/// or an awaitable of it. Whether it is an awaitable, and for which executor, only connect() needs
/// to know.
class password_source
{
public:
    password_source() noexcept = default;
    template <class Function>
    requires(!std::is_same_v<std::decay_t<Function>, password_source>) //
        explicit password_source(Function&& what)
        : function_{std::make_shared<
              std::function<std::invoke_result_t<std::decay_t<Function>&>()>>(
              std::forward<Function>(what))},
          gives_{&typeid(std::invoke_result_t<std::decay_t<Function>&>)}
    {}

    [[nodiscard]] explicit operator bool() const noexcept { return function_ != nullptr; }

    /// The function, if what it gives is exactly a Result; else null.
    template <class Result>
    [[nodiscard]] std::function<Result()> const* giving() const noexcept
    {
        return function_ != nullptr && *gives_ == typeid(Result)
                   ? static_cast<std::function<Result()> const*>(function_.get())
                   : nullptr;
    }

    /// The same function, not merely an equal one.
    friend bool operator==(password_source const& a, password_source const& b) noexcept
    {
        return a.function_ == b.function_;
    }

private:
    std::shared_ptr<void const> function_;
    std::type_info const* gives_ = nullptr;
};

} // namespace pgcoro
