#pragma once

#include <memory>
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
        : what_{std::make_unique<held<std::decay_t<Function>>>(std::forward<Function>(what))}
    {}

    void operator()()
    {
        std::unique_ptr<base>
        {
            std::move(what_)
            } -> run();
    }

private:
    struct base
    {
        base() = default;
        base(base const&) = delete;
        base& operator=(base const&) = delete;
        virtual ~base() = default;
        virtual void run() = 0;
    };
    template <class Function>
    struct held final : base
    {
        explicit held(Function from) : function{std::move(from)} {}
        void run() override { function(); }
        Function function;
    };

    std::unique_ptr<base> what_;
};

} // namespace pgcoro
