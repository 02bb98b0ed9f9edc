#pragma once

#include "../net/asio.hpp"

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

/// \file
/// How a coroutine of ours waits for a call without a second one. use_awaitable makes a coroutine
/// for each wait, whose frame is a third, where Asio keeps the memory of two: with it a call costs
/// a tenth more instructions. From 1.23 on Asio does without, if what is awaited is an operation
/// that no token was given to. For 1.22, which changes no more, what Asio does then is done here.

namespace pgcoro {

template <class Driver>
class call;

/// Resumes the coroutine that is suspended by `Handler`: with its call, or an error.
template <class Driver, class Handler>
class parked_frame : public Handler
{
public:
    using result = std::unique_ptr<call<Driver>>;

    parked_frame(Handler handler, result& into) : Handler{std::move(handler)}, into_{&into} {}

    void operator()(std::exception_ptr error, result done)
    {
        if (!error)
            *into_ = std::move(done);
        Handler::operator()(std::move(error));
    }

private:
    result* into_; // in the frame
};

#if ASIO_VERSION < 102300
/// Resumes the coroutine at the top of a stack, or has it throw. Dropping it destroys the stack.
template <class Executor>
class resumed_frame : public asio::detail::awaitable_handler_base<Executor, void>
{
public:
    using asio::detail::awaitable_handler_base<Executor, void>::awaitable_handler_base;

    void operator()(std::exception_ptr error)
    {
        asio::detail::awaitable_frame_base<Executor>* const top = this->frame();
        top->attach_thread(this);
        top->clear_cancellation_slot();
        if (error) {
            top->set_except(std::move(error));
            top->pop_frame();
        }
        this->pump();
    }
};
#endif

/// To be awaited: has a call that waits in `what` set going by `set_going(way, what, slot)`, and
/// puts it back when it is through.
template <class Driver, class Way>
struct call_going
{
    Way& way;
    std::unique_ptr<call<Driver>>& what;

#if ASIO_VERSION < 102300
    asio::detail::awaitable_thread<typename Driver::executor_type>* operator()(
        asio::detail::awaitable_frame_base<typename Driver::executor_type>* frame) const
    {
        go(resumed_frame<typename Driver::executor_type>{frame->detach_thread()});
        return nullptr;
    }
#else
    template <class Token>
    auto operator()(Token&& token) const
        requires(!std::is_pointer_v<std::remove_cvref_t<Token>>) // Asio asks about its frame first
    {
        return asio::async_initiate<Token, void(std::exception_ptr)>(
            [self = *this](auto handler) { self.go(std::move(handler)); }, token);
    }
#endif

    /// Of a coroutine that is suspended, and may be gone when this returns.
    template <class Handler>
    void go(Handler handler) const
    {
        auto const slot = asio::get_associated_cancellation_slot(handler);
        std::unique_ptr<call<Driver>> mine = std::move(what);
        mine->wait(parked_frame<Driver, Handler>{std::move(handler), what});
        set_going(std::move(way), std::move(mine), slot);
    }
};

} // namespace pgcoro
