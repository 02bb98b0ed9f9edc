#pragma once

#include <exception>
#include <optional>
#include <utility>

namespace pgcoro {

/// What one of several statements gave, or why it gave nothing: C++23 has std::expected for that.
template <class T>
class outcome
{
public:
    using value_type = T;

    /// Neither: value() throws std::bad_optional_access.
    outcome() noexcept = default;
    /// The value, from here on.
    outcome(T value) : value_{std::move(value)} {}
    /// The error; must not be null.
    explicit outcome(std::exception_ptr error) noexcept : error_{std::move(error)} {}

    [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// The value. Throws the error if there is none.
    [[nodiscard]] T& value() & { return checked(), *value_; }
    [[nodiscard]] T const& value() const& { return checked(), *value_; }
    [[nodiscard]] T&& value() && { return checked(), std::move(*value_); }
    /// Not checked.
    [[nodiscard]] T& operator*() & noexcept { return *value_; }
    [[nodiscard]] T const& operator*() const& noexcept { return *value_; }
    [[nodiscard]] T&& operator*() && noexcept { return std::move(*value_); }
    [[nodiscard]] T* operator->() noexcept { return &*value_; }
    [[nodiscard]] T const* operator->() const noexcept { return &*value_; }

    /// Null if there is a value.
    [[nodiscard]] std::exception_ptr const& error() const noexcept { return error_; }

private:
    void checked() const
    {
        if (error_)
            std::rethrow_exception(error_);
        (void)value_.value();
    }

    std::optional<T> value_;
    std::exception_ptr error_;
};

} // namespace pgcoro
