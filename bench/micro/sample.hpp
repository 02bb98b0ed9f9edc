#pragma once

#include "../common/keep.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// A thing to be measured: run(n) does it n times.
struct sample
{
    std::string name;
    std::function<void(std::size_t)> run;
};

/// Those of one subject, registered by its file.
class sample_list
{
public:
    template <class Once>
    void add(std::string name, Once once)
    {
        auto const shared = std::make_shared<Once>(std::move(once)); // it may be move-only
        samples_.push_back({std::move(name), [shared](std::size_t times) {
                                while (times-- != 0)
                                    (*shared)();
                            }});
    }

    [[nodiscard]] std::vector<sample> const& all() const noexcept { return samples_; }

private:
    std::vector<sample> samples_;
};

/// Nanoseconds for one, the best of several goes.
[[nodiscard]] inline double nanoseconds(sample const& what)
{
    using clock = std::chrono::steady_clock;
    auto const time = [&](std::size_t times) {
        auto const begin = clock::now();
        what.run(times);
        return std::chrono::duration<double, std::nano>(clock::now() - begin).count();
    };
    std::size_t times = 16;
    while (time(times) < 2e6)
        times *= 2;
    double best = time(times);
    for (int go = 0; go < 20; ++go)
        best = std::min(best, time(times));
    return best / static_cast<double>(times);
}

} // namespace bench
