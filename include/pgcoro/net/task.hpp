#pragma once

#include <type_traits>
#include <utility>

namespace pgcoro {

/// A function without arguments, called at most once, whatever its type: what is posted to an
/// executor. Asio compiles some two hundred functions for each type of handler that is posted; all
/// of ours are this one.
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
            what_->act(what_, to_do::destroy);
    }

    void operator()()
    {
        task const once{std::move(*this)};
        once.what_->act(once.what_, to_do::run);
    }

private:
    enum class to_do
    {
        run,
        destroy
    };
    /// One function of its own for each type: a virtual one takes three, and a table.
    struct base
    {
        void (*act)(base* self, to_do what) = nullptr;
    };
    template <class Function>
    struct held : base
    {
        explicit held(Function from) : base{&held::act_on}, function{std::move(from)} {}
        static void act_on(base* self, to_do what)
        {
            auto* const mine = static_cast<held*>(self);
            if (what == to_do::run)
                mine->function();
            else
                delete mine;
        }
        Function function;
    };

    base* what_ = nullptr;
};

} // namespace pgcoro
