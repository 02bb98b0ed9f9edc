#pragma once

#include <openssl/crypto.h>

namespace pgcoro {

/// Overwrites what a string, vector or array holds, in a way that the compiler can't drop.
template <class Container>
inline void cleanse(Container& container) noexcept
{
    OPENSSL_cleanse(container.data(), container.size() * sizeof *container.data());
}

/// A container of secrets, overwritten when it goes. It neither copies nor moves: a move would
/// leave short strings behind. Reserve before filling it: growing leaves the old bytes behind too.
template <class Container>
class cleansed
{
public:
    cleansed() = default;
    /// Copies, then overwrites the argument: moving would leave a short string's bytes in it.
    explicit cleansed(Container value) : value_{value} { cleanse(value); }
    cleansed(cleansed const&) = delete;
    cleansed& operator=(cleansed const&) = delete;
    ~cleansed() { cleanse(value_); }

    [[nodiscard]] Container& operator*() noexcept { return value_; }
    [[nodiscard]] Container const& operator*() const noexcept { return value_; }
    [[nodiscard]] Container* operator->() noexcept { return &value_; }
    [[nodiscard]] Container const* operator->() const noexcept { return &value_; }

private:
    Container value_{};
};

} // namespace pgcoro
