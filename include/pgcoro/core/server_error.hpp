#pragma once

#include "error.hpp"
#include "server_message.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace pgcoro {

/// An error that the server reported: the base of the types in core/conditions.hpp. what() is the
/// message with DETAIL and HINT as psql prints them, without the severity before them. code()
/// equals its sqlstate. The views that the accessors give live as long as message() does; a text
/// that the server didn't send is empty.
/// https://www.postgresql.org/docs/current/protocol-error-fields.html
class server_error : public error
{
public:
    /// Picks the constructor that gives an error another type.
    struct retyped
    {};

    /// `message` must not be null. `suffix` goes behind what() as it stands, with its own line
    /// break: a hint of ours, or which statement it was.
    explicit server_error(
        std::shared_ptr<server_message const> message, std::string_view suffix = {})
        : error{make_error_code(message->code), describe(*message, suffix)},
          message_{std::move(message)}
    {}

    /// What throw_server_error() makes the exact type with. It can't throw, and it and the
    /// destructor stay out of line: the table of all conditions instantiates 250 callers, and
    /// with these two inlined into each it takes a second longer to compile.
    [[gnu::noinline]] server_error(server_error const& other, retyped) noexcept
        : server_error{other}
    {}
    server_error(server_error const&) noexcept = default;
    server_error& operator=(server_error const&) noexcept = default;
    [[gnu::noinline]] ~server_error() override {}

    [[nodiscard]] sqlstate state() const noexcept { return message_->code; }
    [[nodiscard]] std::string_view severity() const noexcept { return message_->severity; }
    [[nodiscard]] std::string_view severity_nonlocalized() const noexcept
    {
        return message_->severity_nonlocalized;
    }
    [[nodiscard]] std::string_view message() const noexcept { return message_->message; }
    [[nodiscard]] std::string_view detail() const noexcept { return message_->detail; }
    [[nodiscard]] std::string_view hint() const noexcept { return message_->hint; }
    /// Where in the query, in characters from 1.
    [[nodiscard]] std::optional<int> position() const noexcept { return message_->position; }
    [[nodiscard]] std::optional<int> internal_position() const noexcept
    {
        return message_->internal_position;
    }
    [[nodiscard]] std::string_view internal_query() const noexcept
    {
        return message_->internal_query;
    }
    [[nodiscard]] std::string_view where() const noexcept { return message_->where; }
    [[nodiscard]] std::string_view schema() const noexcept { return message_->schema; }
    [[nodiscard]] std::string_view table() const noexcept { return message_->table; }
    [[nodiscard]] std::string_view column() const noexcept { return message_->column; }
    [[nodiscard]] std::string_view data_type() const noexcept { return message_->data_type; }
    [[nodiscard]] std::string_view constraint() const noexcept { return message_->constraint; }
    [[nodiscard]] std::string_view file() const noexcept { return message_->file; }
    [[nodiscard]] std::optional<int> line() const noexcept { return message_->line; }
    [[nodiscard]] std::string_view routine() const noexcept { return message_->routine; }

    /// All of it, to keep beyond the exception.
    [[nodiscard]] std::shared_ptr<server_message const> const& fields() const noexcept
    {
        return message_;
    }

private:
    [[nodiscard]] static std::string describe(
        server_message const& message, std::string_view suffix)
    {
        std::string text = message.message;
        if (!message.detail.empty())
            text.append("\nDETAIL:  ").append(message.detail);
        if (!message.hint.empty())
            text.append("\nHINT:  ").append(message.hint);
        return text.append(suffix);
    }

    std::shared_ptr<server_message const> message_; // shared: copying must not throw
};

} // namespace pgcoro
