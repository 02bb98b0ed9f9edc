#pragma once

#include <system_error>
#include <type_traits>
#include <utility>

namespace pgcoro {

/// A function, called at most once, whatever its type: what is posted to an executor, and what
/// waits for a timer, or for a socket where speed doesn't count; it may take an error code. Asio
/// compiles some hundred functions for each type of handler; all of ours are this one.
class task
{
public:
    task() noexcept = default;
    template <class Function>
    requires(!std::is_same_v<std::decay_t<Function>, task>) explicit task(Function&& what)
        : what_{new held<std::decay_t<Function>>{std::forward<Function>(what)}}
    {}
    task(task&& other) noexcept : what_{other.what_} { other.what_ = nullptr; }
    task& operator=(task&& other) noexcept
    {
        base* const mine = what_;
        what_ = other.what_;
        other.what_ = mine;
        return *this;
    }
    ~task()
    {
        if (what_ != nullptr)
            what_->act(what_, nullptr);
    }

    [[nodiscard]] explicit operator bool() const noexcept { return what_ != nullptr; }

    void operator()(std::error_code error = {})
    {
        task const once{std::move(*this)};
        once.what_->act(once.what_, &error);
    }

private:
    /// One function for each type, which runs it, or destroys it where there is no error code:
    /// virtual ones take three, and a table.
    struct base
    {
        void (*act)(base* self, std::error_code const* error) = nullptr;
    };
    template <class Function>
    struct held : base
    {
        explicit held(Function from) : base{&held::act_on}, function{std::move(from)} {}
        static void act_on(base* self, std::error_code const* error)
        {
            auto* const mine = static_cast<held*>(self);
            if (error == nullptr)
                delete mine;
            else if constexpr (std::is_invocable_v<Function&, std::error_code>)
                mine->function(*error);
            else
                mine->function();
        }
        Function function;
    };

    base* what_ = nullptr;
};

} // namespace pgcoro
