#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pgcoro {

/// Says for how long a busy connection is better left unread. The server sends each reply, and
/// each 8 kB of a large result, by itself. Who reads each of them alone is woken for each, and the
/// server pays for the waking too. A moment later there are several.
class reading_pace
{
public:
    using clock = std::chrono::steady_clock;

    static constexpr std::size_t server_buffer = 8192; ///< which the server sends when it is full

    /// `bytes` is all that came, and `ahead` calls are under way: not worth to look at the clock.
    [[nodiscard]] static bool is_slack(std::size_t bytes, std::size_t ahead) noexcept
    {
        return ahead == 0 || (bytes < server_buffer / 2 && ahead < enough * closeness);
    }

    /// What follows is not of the same rush.
    void rest() noexcept { known_ = waited_ = false; }

    /// By `now` `bytes` have been read, with which `answered` calls ended; `ahead` are still under
    /// way. Gives how long to wait before the next read; zero: not at all. Waiting is worth it for
    /// several pieces at the pace of the last ones. What is waited for may turn out to be the end,
    /// so the wait is short beside the time that this result has been coming already, or that the
    /// calls ahead will take the server.
    [[nodiscard]] clock::duration after_read(clock::time_point now, std::size_t bytes,
        std::uint64_t answered, std::size_t ahead) noexcept
    {
        if (!known_) {
            known_ = true;
            begun_ = last_ = now;
            return {};
        }
        auto const pieces = std::max<std::uint64_t>(answered + bytes / server_buffer, 1);
        clock::duration const each = (now - last_) / static_cast<clock::rep>(pieces);
        last_ = now;
        if (answered != 0)
            begun_ = now;
        clock::duration const bearable =
            std::max((now - begun_) / patience, each * static_cast<clock::rep>(ahead) / closeness);
        // Who is slower than the server finds much each time without waiting.
        bool const finds_little = waited_ || pieces < enough;
        clock::duration const wait =
            std::min({std::max(wanted * each, shortest), bearable, longest});
        waited_ = finds_little && wait >= shortest && wait >= enough * each;
        return waited_ ? wait : clock::duration{};
    }

private:
    static constexpr int wanted = 8;    // so many pieces are waited for,
    static constexpr int enough = 4;    // or at least so many
    static constexpr int closeness = 4; // the calls ahead take so many times as long as the wait,
    static constexpr int patience = 8;  // or the result took so many times as long before
    static constexpr clock::duration shortest = std::chrono::microseconds{10};
    static constexpr clock::duration longest = std::chrono::microseconds{100};

    clock::time_point begun_{}; // when the result at the head began to come
    clock::time_point last_{};
    bool known_ = false;  // these are of the rush that goes on
    bool waited_ = false; // before the last read
};

} // namespace pgcoro
