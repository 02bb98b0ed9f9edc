#include "catch.hpp"

#include <pgcoro/client/listening.hpp>
#include <pgcoro/client/wait_on.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <system_error>

namespace {

using namespace pgcoro;

/// As much of a driver as those need who wait at a connection's home.
class home_of_nobody
{
public:
    using executor_type = asio::any_io_executor;
    using home_executor = asio::any_io_executor;
    struct threads
    {
        static constexpr bool uses_strand = false;
    };

    explicit home_of_nobody(home_executor home) : home_{std::move(home)} {}
    [[nodiscard]] home_executor const& home() const noexcept { return home_; }
    template <class Function>
    void at_home(Function&& what)
    {
        what();
    }
    template <class Function>
    void at_home_later(Function&& what)
    {
        asio::post(home_, task{std::forward<Function>(what)});
    }
    [[nodiscard]] std::uint64_t new_id() noexcept { return ++last_id_; }

private:
    home_executor home_;
    std::uint64_t last_id_ = 0;
};

using queue = listening<home_of_nobody>;

asio::awaitable<notification> next(std::shared_ptr<queue> const& from)
{
    return wait_on<home_of_nobody, notification>(
        from, [](queue& state, queue::waiter caller) { state.next(std::move(caller)); });
}

/// What one wait came to: a payload or an error's text.
struct outcome
{
    asio::cancellation_signal signal;
    std::string text;
};

bool aborted(std::exception_ptr const& error)
{
    try {
        std::rethrow_exception(error);
    } catch (std::system_error const& what) {
        return what.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

template <class Then>
void start(asio::io_context& on, std::shared_ptr<queue> const& from, outcome& to, Then then)
{
    asio::co_spawn(on, next(from),
        asio::bind_cancellation_slot(
            to.signal.slot(), [&to, then](std::exception_ptr error, notification const& got) {
                to.text = !error ? got.payload : aborted(error) ? "aborted" : "failed";
                then();
            }));
}

} // namespace

TEST_CASE("a cancellation that comes when a wait is just over does not end the next one")
{
    // The first waits, gets its notification and is cancelled at each moment; who waits after it is
    // never cancelled.
    bool seen_aborted = false;
    bool seen_answered = false;
    for (int moment = 0; moment < 12; ++moment) {
        INFO("moment " << moment);
        asio::io_context context;
        auto const home = std::make_shared<home_of_nobody>(context.get_executor());
        auto const from = std::make_shared<queue>(home, "channel", 8);
        outcome first;
        outcome second;
        start(context, from, first, [&] { start(context, from, second, [] {}); });
        for (int step = 0; step < 20; ++step) {
            if (step == 3)
                from->arrived({1, "channel", "one"});
            if (step == moment)
                first.signal.emit(asio::cancellation_type::terminal);
            context.poll_one();
        }
        from->arrived({1, "channel", "two"});
        context.run();
        seen_aborted = seen_aborted || first.text == "aborted";
        seen_answered = seen_answered || first.text == "one";
        CHECK((first.text == "aborted" || first.text == "one"));
        CHECK(second.text == (first.text == "one" ? "two" : "one"));
    }
    CHECK(seen_aborted);
    CHECK(seen_answered);
}
