#pragma once

#include "gss_context.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace pgcoro {

/// How far a login by Kerberos has come: whose turn it is, and whether the server has proved
/// itself. https://www.postgresql.org/docs/current/gssapi-auth.html
class gss_login
{
public:
    gss_login() noexcept = default;
    gss_login(gss_login const&) = delete;
    gss_login& operator=(gss_login const&) = delete;
    ~gss_login() { delete context_; }

    [[nodiscard]] bool begun() const noexcept { return context_ != nullptr; }
    [[nodiscard]] bool complete() const noexcept { return begun() && context_->complete; }

    /// Takes the context over.
    void begin(gss_context* context) noexcept
    {
        context_ = context;
        due_ = true;
    }

    /// A token of the server's. False if it has no turn.
    [[nodiscard]] bool received(std::span<std::byte const> token)
    {
        if (!begun() || context_->complete || due_)
            return false;
        context_->token.assign(token.begin(), token.end());
        due_ = true;
        return true;
    }

    [[nodiscard]] bool is_due() const noexcept { return due_; }
    [[nodiscard]] int begin_step()
    {
        due_ = false;
        return context_->begin();
    }
    /// Why the answer ends the login; null if it goes on.
    [[nodiscard]] char const* end_step()
    {
        context_->end();
        if (!context_->problem.empty())
            return context_->problem.c_str();
        if (!context_->complete && context_->token.empty())
            return "there is nothing to say, and the server has not proved who it is";
        return ++rounds_ > most_rounds ? "the server goes on asking for ever" : nullptr;
    }
    /// Ours; may be empty.
    [[nodiscard]] std::span<std::byte const> token() const noexcept { return context_->token; }

private:
    static constexpr int most_rounds = 16; // Kerberos takes two, with negotiation some more

    gss_context* context_ = nullptr; // a smart pointer would be compiled by every program
    bool due_ = false;
    int rounds_ = 0;
};

} // namespace pgcoro
