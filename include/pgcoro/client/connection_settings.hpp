#pragma once

#include "../auth/cleansed.hpp"
#include "../core/error.hpp"
#include "connection_keyword.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pgcoro {

/// Whether a word of the user's can be shown in a message: not if it could be a password, or a part
/// of one, that got into the wrong place.
[[nodiscard]] inline bool is_showable(std::string_view word) noexcept
{
    return word.size() <= 30 &&
           word.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-!,.") ==
               std::string_view::npos;
}

/// libpq's connection parameters as text, each with where it is from: what a connection string
/// says, filled up by a service, the environment and so on. Nothing of it has been understood yet.
class connection_settings
{
public:
    struct setting
    {
        std::string keyword;
        std::string value;
        std::string origin; ///< for messages: "", or " (from PGPORT)"
    };

    connection_settings() = default;
    connection_settings(connection_settings&&) noexcept = default;
    connection_settings& operator=(connection_settings&&) noexcept = default;
    /// Passwords are overwritten.
    ~connection_settings()
    {
        for (setting& each : settings_)
            if (each.keyword.ends_with("password"))
                cleanse(each.value);
    }

    /// Sets a value; a later one replaces an earlier one. `requiressl` is an old name of sslmode.
    /// Throws options_error if there is no such keyword.
    void set(std::string_view keyword, std::string value, std::string_view origin = {})
    {
        if (keyword == "requiressl") {
            keyword = "sslmode";
            value = value.starts_with('1') ? "require" : "prefer";
        }
        if (find_keyword(keyword) == nullptr)
            throw options_error{"unknown keyword" +
                                (is_showable(keyword) ? " \"" + std::string{keyword} + '"' : "") +
                                std::string{origin.empty() ? " in the connection string" : origin} +
                                keyword_advice(keyword)};
        for (setting& each : settings_) {
            if (each.keyword == keyword) {
                each.value = std::move(value);
                each.origin = origin;
                return;
            }
        }
        settings_.push_back({std::string{keyword}, std::move(value), std::string{origin}});
    }

    /// The same unless there is a value already.
    void fill(std::string_view keyword, std::string value, std::string_view origin)
    {
        if (find(keyword) == nullptr)
            set(keyword, std::move(value), origin);
    }

    /// Null if it was not set.
    [[nodiscard]] setting const* find(std::string_view keyword) const noexcept
    {
        for (setting const& each : settings_)
            if (each.keyword == keyword)
                return &each;
        return nullptr;
    }

    [[nodiscard]] std::vector<setting> const& all() const noexcept { return settings_; }

private:
    std::vector<setting> settings_;
};

} // namespace pgcoro
