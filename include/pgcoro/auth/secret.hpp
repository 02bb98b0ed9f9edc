#pragma once

#include "cleansed.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// A password on its way from the options to a login. Unlike cleansed<> it is copied and moved:
/// what is left behind by that, by a new value or at the end is overwritten.
class secret
{
public:
    secret() noexcept = default;
    secret(char const* text) : text_{text} {}
    secret(std::string const& text) : text_{text} {}
    /// Leaves nothing in the argument.
    secret(std::string&& text) noexcept { take(text); }
    secret(secret const&) = default;
    secret(secret&& other) noexcept { take(other.text_); }
    secret& operator=(secret const& other)
    {
        if (this != &other) {
            wipe();
            text_ = other.text_;
        }
        return *this;
    }
    secret& operator=(secret&& other) noexcept
    {
        if (this != &other) {
            wipe();
            take(other.text_);
        }
        return *this;
    }
    ~secret() { wipe(); }

    void wipe() noexcept
    {
        cleanse(text_);
        text_.clear();
    }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

    friend bool operator==(secret const&, secret const&) = default;

private:
    /// A short text lies within the string itself, where a move would leave it.
    void take(std::string& from) noexcept
    {
        if (from.size() <= std::string{}.capacity()) {
            text_ = from; // there is always room for that
            cleanse(from);
            from.clear();
        } else {
            text_ = std::move(from);
        }
    }

    std::string text_;
};

} // namespace pgcoro
