#pragma once

#include "gss_context.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace pgcoro {

/// How far a login by Kerberos has come: whose turn it is, and whether the server has proved
/// itself. https://www.postgresql.org/docs/current/gssapi-auth.html
class gss_login
{
public:
    [[nodiscard]] bool begun() const noexcept { return context_ != nullptr; }
    [[nodiscard]] bool complete() const noexcept { return complete_; }

    void begin(std::shared_ptr<gss_context> context) noexcept
    {
        context_ = std::move(context);
        due_ = true;
    }

    /// A token of the server's. False if it has no turn.
    [[nodiscard]] bool received(std::span<std::byte const> token)
    {
        if (context_ == nullptr || complete_ || due_)
            return false;
        token_.assign(token.begin(), token.end());
        due_ = true;
        return true;
    }

    [[nodiscard]] bool is_due() const noexcept { return due_; }
    /// What is due, once.
    [[nodiscard]] gss_step take()
    {
        return std::exchange(due_, false) ? gss_step{context_, std::move(token_)} : gss_step{};
    }

    /// Why the answer ends the login; null if it goes on.
    [[nodiscard]] char const* answered(gss_answer const& answer) noexcept
    {
        complete_ = answer.complete;
        if (!answer.problem.empty())
            return answer.problem.c_str();
        if (!complete_ && answer.token.empty())
            return "there is nothing to say, and the server has not proved who it is";
        return ++rounds_ > most_rounds ? "the server goes on asking for ever" : nullptr;
    }

private:
    static constexpr int most_rounds = 16; // Kerberos takes two, with negotiation some more

    std::shared_ptr<gss_context> context_;
    std::vector<std::byte> token_;
    bool due_ = false;
    bool complete_ = false;
    int rounds_ = 0;
};

} // namespace pgcoro
