#pragma once

#include "condition_table.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

namespace pgcoro {

/// Throws what the server reported as the type of its SQLSTATE in core/conditions.hpp, else of its
/// class's, else as server_error. `message` must not be null; `suffix` is as in server_error.
[[noreturn]] inline void throw_server_error(
    std::shared_ptr<server_message const> message, std::string_view suffix = {})
{
    auto const find = [](sqlstate state) -> condition_entry const* {
        auto const* const last = std::end(condition_table);
        auto const* const at = std::lower_bound(std::begin(condition_table), last, state.packed(),
            [](condition_entry const& entry, int packed) { return entry.packed < packed; });
        return at != last && at->packed == state.packed() ? at : nullptr;
    };
    server_error const error{std::move(message), suffix};
    if (auto const* const exact = find(error.state()))
        exact->raise(error);
    if (auto const* const of_class = find(error.state().class_condition()))
        of_class->raise(error);
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
