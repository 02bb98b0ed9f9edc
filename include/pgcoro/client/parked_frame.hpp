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

#if ASIO_VERSION >= 102300

/// Resumes the coroutine that is suspended: with its call, or an error.
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

/// To be awaited: has a call that waits in `what` set going by `set_going(way, what, slot)`, and
/// puts it back when it is through.
template <class Driver, class Way>
struct call_going
{
    Way& way;
    std::unique_ptr<call<Driver>>& what;

    template <class Token>
    requires(!std::is_pointer_v<std::remove_cvref_t<Token>>) // Asio asks about its frame first
        auto
        operator()(Token&& token) const
    {
        return asio::async_initiate<Token, void(std::exception_ptr)>(
            [&to = way, &given = what](auto handler) {
                auto const slot = asio::get_associated_cancellation_slot(handler);
                std::unique_ptr<call<Driver>> mine = std::move(given);
                mine->wait(parked_frame<Driver, decltype(handler)>{std::move(handler), given});
                set_going(std::move(to), std::move(mine), slot);
            },
            token);
    }
};

#else

/// Resumes the coroutine that is suspended, at the top of its stack: with its call, or an error.
/// Dropping it destroys the whole stack.
template <class Driver>
class parked_frame
    : public asio::detail::awaitable_handler_base<typename Driver::executor_type, void>
{
public:
    using executor = typename Driver::executor_type;
    using result = std::unique_ptr<call<Driver>>;

    parked_frame(asio::detail::awaitable_thread<executor>* thread, result& into)
        : asio::detail::awaitable_handler_base<executor, void>{thread}, into_{&into}
    {}

    void operator()(std::exception_ptr error, result done)
    {
        asio::detail::awaitable_frame_base<executor>* const top = this->frame();
        top->attach_thread(this);
        top->clear_cancellation_slot();
        if (error) {
            top->set_except(std::move(error));
            top->pop_frame();
        } else {
            *into_ = std::move(done);
        }
        this->pump();
    }

private:
    result* into_; // in the frame
};

/// To be awaited: has a call that waits in `what` set going by `set_going(way, what, slot)`, and
/// puts it back when it is through.
template <class Driver, class Way>
struct call_going
{
    Way& way;
    std::unique_ptr<call<Driver>>& what;

    /// Of a coroutine that is suspended, and may be gone when this returns.
    asio::detail::awaitable_thread<typename Driver::executor_type>* operator()(
        asio::detail::awaitable_frame_base<typename Driver::executor_type>* frame) const
    {
        parked_frame<Driver> handler{frame->detach_thread(), what};
        auto const slot = handler.get_cancellation_slot();
        std::unique_ptr<call<Driver>> mine = std::move(what);
        mine->wait(std::move(handler));
        set_going(std::move(way), std::move(mine), slot);
        return nullptr;
    }
};

#endif

} // namespace pgcoro
