#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace pgcoro {

template <class T>
void delete_shared(void* value)
{
    delete static_cast<T*>(value);
}

/// std::make_shared() for what is made seldom, and is no enable_shared_from_this: with a second
/// allocation, and without forty functions for each type.
template <class T, class... Arguments>
[[nodiscard]] std::shared_ptr<T> share(Arguments&&... arguments)
{
    using value = std::remove_const_t<T>;
    value* const made = new value(std::forward<Arguments>(arguments)...);
    std::shared_ptr<void> owner{static_cast<void*>(made), &delete_shared<value>};
    return {std::move(owner), made};
}

} // namespace pgcoro
