#pragma once

#include "../core/error.hpp"
#include "../session/exchange.hpp"
#include "slot_table.hpp"

#include <exception>
#include <memory>
#include <utility>

namespace pgcoro {

/// Asks a connection whether it works, or waits for what is under way on it, and tells the pool.
template <class Core>
class pool_check final : public exchange
{
public:
    using driver = typename Core::driver_type;

    pool_check(std::shared_ptr<Core> core, slot_index slot, driver& on)
        : exchange{request{request::protocol::simple, {}}, no_owner},
          core_{std::move(core)},
          driver_{on},
          slot_{slot}
    {
        this->must_end_idle();
    }

private:
    [[nodiscard]] std::exception_ptr too_late() const override
    {
        return std::make_exception_ptr(timeout_error{"the connection did not answer in time"});
    }
    /// It has not answered in time. The session is busy with telling so: later.
    void caller_left() noexcept override { tell_later(false); }
    void finished() override
    {
        std::unique_ptr<pool_check> const mine{this};
        if (auto const core = std::exchange(core_, nullptr))
            core->checked(slot_, !this->error());
    }
    void tell_later(bool works) noexcept
    {
        try {
            driver_.at_home_later([core = std::exchange(core_, nullptr), slot = slot_, works] {
                core->checked(slot, works);
            });
        } catch (...) { // out of memory: finished() will tell
        }
    }

    std::shared_ptr<Core> core_;
    driver& driver_;
    slot_index slot_;
};

} // namespace pgcoro
