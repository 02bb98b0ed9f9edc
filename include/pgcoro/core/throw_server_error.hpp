#pragma once

#include "conditions.hpp"

#include <exception>
#include <memory>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Throws what the server reported as the type of its SQLSTATE in core/conditions.hpp if the
/// program knows it, else of its class's, else as server_error. `message` must not be null;
/// `suffix` is as in server_error.
[[noreturn]] inline void throw_server_error(
    std::shared_ptr<server_message const> message, std::string_view suffix = {})
{
    server_error const error{std::move(message), suffix};
    for (sqlstate const each : {error.state(), error.state().class_condition()})
        if (auto* const raise = known_condition::find(each))
            raise(error);
    throw error;
}

/// The same as a pointer, for whoever waits elsewhere. Should memory run out it holds
/// std::bad_alloc.
[[nodiscard]] inline std::exception_ptr make_server_error(
    std::shared_ptr<server_message const> message, std::string_view suffix = {}) noexcept
{
    // Caught, not std::make_exception_ptr: that one costs another second of compile time.
    try {
        throw_server_error(std::move(message), suffix);
    } catch (...) {
        return std::current_exception();
    }
}

} // namespace pgcoro
