#pragma once

#include "../net/task.hpp"
#include "pieces.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>

namespace pgcoro {

/// A call that waits for a piece. Lives as long as somebody has to tell it something.
class waiting_reader
{
public:
    waiting_reader() = default;
    waiting_reader(waiting_reader const&) = delete;
    waiting_reader& operator=(waiting_reader const&) = delete;
    virtual ~waiting_reader() = default;
    /// Any thread: runs `arrive` where the connection lives, and has the call ask again. Nothing is
    /// done if the connection is gone.
    virtual void go_on(task arrive) = 0;
};

/// Who asks for pieces.
class piece_reader
{
public:
    [[nodiscard]] virtual std::shared_ptr<waiting_reader> wait() = 0;

protected:
    ~piece_reader() = default;
};

/// A piece_source, whatever its type.
class any_pieces
{
public:
    struct answer
    {
        std::optional<std::span<std::byte const>> piece; ///< nothing: the end
        bool waits = false;                              ///< not yet: `by` is told when it is there
    };

    any_pieces() = default;
    any_pieces(any_pieces const&) = delete;
    any_pieces& operator=(any_pieces const&) = delete;
    virtual ~any_pieces() = default;
    [[nodiscard]] virtual answer next(piece_reader& by) = 0;
};

/// What chunks() gives. A call that it is given to takes its source: it can be sent once.
class chunked_value
{
public:
    chunked_value(std::size_t size, std::shared_ptr<any_pieces> from) noexcept
        : size_{size}, from_{std::move(from)}
    {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::shared_ptr<any_pieces> take() const noexcept { return std::move(from_); }

private:
    std::size_t size_;
    mutable std::shared_ptr<any_pieces> from_; // arguments are const
};

} // namespace pgcoro
