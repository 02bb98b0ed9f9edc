#pragma once

#include "cleansed.hpp"
#include "scram.hpp"

#include <mutex>
#include <string>
#include <string_view>

namespace pgcoro {

/// What a password was hashed to at the last login, for the next one: hashing is most of what a
/// login costs. Shared by the connections of a pool; any thread. As secret as the password.
class scram_memory
{
public:
    scram_memory() = default;
    scram_memory(scram_memory const&) = delete;
    scram_memory& operator=(scram_memory const&) = delete;
    ~scram_memory() { cleanse(password_); }

    /// Empty if nothing is known of this password.
    [[nodiscard]] scram_keys find(std::string_view password) const
    {
        std::scoped_lock const lock{mutex_};
        return password == password_ ? keys_ : scram_keys{};
    }
    /// The server has accepted them.
    void keep(std::string_view password, scram_keys keys)
    {
        std::scoped_lock const lock{mutex_};
        if (password != password_) {
            cleanse(password_);
            password_.assign(password);
        }
        keys_ = std::move(keys);
    }

private:
    mutable std::mutex mutex_;
    std::string password_;
    scram_keys keys_;
};

} // namespace pgcoro
