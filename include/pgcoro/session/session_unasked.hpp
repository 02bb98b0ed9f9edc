#pragma once

#include "session.hpp"

#include <string>

namespace pgcoro {

/// What may come at any time, and is no part of a reply but for the error that ends one.
inline void session::handle_unasked(backend_message type, std::span<std::byte const> body)
{
    switch (type) {
    case backend_message::notice_response: {
        server_message notice;
        if (!parse(byte_reader{body}, notice))
            return violation(type, "a malformed message");
        if (observer_ != nullptr)
            observer_->noticed(notice);
        return;
    }
    case backend_message::parameter_status: {
        parameter_status changed;
        bool const misplaced = login_ && !login_->authenticated();
        if (misplaced || !parse(byte_reader{body}, changed))
            return violation(type, "a malformed or misplaced message");
        if (changed.name == "client_encoding" && !names_utf8(changed.value)) {
            lose(std::make_exception_ptr(connection_lost{
                "the connection was closed: client_encoding was set to " +
                std::string{changed.value} + ", but all text here is UTF-8; leave it at UTF8"}));
            return;
        }
        if (observer_ != nullptr)
            observer_->parameter_changed(changed.name, changed.value);
        for (auto& [name, value] : parameters_) {
            if (name == changed.name) {
                value = changed.value;
                return;
            }
        }
        if (parameters_.size() >= most_parameters)
            return violation(type, "more settings than a server has");
        parameters_.emplace_back(changed.name, changed.value);
        return;
    }
    case backend_message::notification_response: {
        notification message;
        if (login_ || !parse(byte_reader{body}, message))
            return violation(type, "a malformed or misplaced message");
        if (observer_ != nullptr)
            observer_->notified(std::move(message));
        return;
    }
    case backend_message::error_response:
        return handle_error(body);
    default:
        break;
    }
}

} // namespace pgcoro
