#pragma once

#include "../auth/gss_context.hpp"

#include <atomic>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pgcoro {

/// Where an answer is left, from whatever thread. Whoever leaves it touches no executor, which may
/// be gone by then: the end of a socket pair is closed, and the other end becomes readable.
class gss_mailbox final : public gss_reply
{
public:
    /// Takes the socket over.
    explicit gss_mailbox(int wakes) noexcept : wakes_{wakes} {}
    ~gss_mailbox() override { wake(); }

    void answered(gss_answer answer) noexcept override
    {
        answer_ = std::move(answer);
        there_.store(true, std::memory_order_release);
        wake();
    }
    /// Nothing if it did not come.
    [[nodiscard]] std::optional<gss_answer> take()
    {
        if (!there_.load(std::memory_order_acquire))
            return std::nullopt;
        return std::move(answer_);
    }

private:
    void wake() noexcept
    {
        if (int const socket = std::exchange(wakes_, -1); socket >= 0)
            ::close(socket);
    }

    gss_answer answer_;
    std::atomic<bool> there_{false};
    int wakes_;
};

/// A step that is under way: `woken` becomes readable when its answer is there. Socket is a
/// driver's own type, so that Asio compiles nothing new.
template <class Socket>
struct gss_wait
{
    gss_wait(typename Socket::executor_type const& home, gss_step step) : woken{home}
    {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            throw std::system_error{errno, std::generic_category(), "socketpair"};
        mailbox = std::make_shared<gss_mailbox>(ends[1]);
        for (int const each : ends)
            ::fcntl(each, F_SETFD, FD_CLOEXEC);
        woken.assign({AF_UNIX, 0}, ends[0]);
        step.context->step(std::move(step.token), mailbox);
    }

    Socket woken;
    std::shared_ptr<gss_mailbox> mailbox;
};

} // namespace pgcoro
