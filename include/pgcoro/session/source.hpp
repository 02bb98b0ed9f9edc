#pragma once

#include "../core/byte_writer.hpp"
#include "../core/oid.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string_view>

namespace pgcoro {

/// What an exchange sends that is too much to be written at once: it is asked for more whenever the
/// output has drained.
class source
{
public:
    /// What one turn brought.
    struct turn
    {
        std::uint64_t executions = 0; ///< Execute messages written; each is answered
        bool more = false;            ///< there is more to come
        bool waits = false;           ///< but not before session::feed_again()
        std::exception_ptr failure;   ///< why what was written, and the exchange, is to be undone
    };

    /// A turn ends when it has written this many bytes.
    static constexpr std::size_t enough = std::size_t{64} * 1024;

    source() = default;
    source(source const&) = delete;
    source& operator=(source const&) = delete;
    virtual ~source() = default;

    /// Before the first turn: the statement to be bound, Bind's list of result formats, and the
    /// types of the parameters where the exchange needs to know them. What it throws the exchange
    /// fails with.
    virtual void begin(std::string_view statement, std::span<std::byte const> result_formats,
        std::span<oid const> parameters)
    {
        (void)statement, (void)result_formats, (void)parameters;
    }

    /// Appends the next messages: whole ones, unless within_message().
    [[nodiscard]] virtual turn feed(byte_writer& out) = 0;

    /// What was written ends within a message: nothing else can be written behind it.
    [[nodiscard]] virtual bool within_message() const noexcept { return false; }
};

} // namespace pgcoro
