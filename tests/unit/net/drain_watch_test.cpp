#include "session/machine.hpp"

#include "catch.hpp"
#include "session/backend.hpp"

#include <pgcoro/net/drain_watch.hpp>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <string>

using namespace std::chrono_literals;
using namespace backend;
using clock_type = std::chrono::steady_clock;

namespace {

/// A driver that reads and writes nothing, and a server that takes its requests to cancel.
class watched : public std::enable_shared_from_this<watched>
{
public:
    using home_executor = asio::io_context::executor_type;

    watched(std::chrono::milliseconds limit, clock_type::duration way)
        : server_{context, {asio::ip::address_v4::loopback(), 0}},
          requester_{context},
          watch{context.get_executor(), limit, way}
    {
        m.log_in();
        server_.non_blocking(true);
    }

    // ---- what drain_watch needs

    [[nodiscard]] pgcoro::session& state() noexcept { return m.state; }
    [[nodiscard]] home_executor home() { return context.get_executor(); }
    [[nodiscard]] asio::generic::stream_protocol::endpoint peer(asio::error_code& error) const
    {
        return server_.local_endpoint(error);
    }
    [[nodiscard]] std::shared_ptr<pgcoro::tls_client> encryption() const { return nullptr; }
    void look_at_drain() { watch.look(*this); }
    void close(std::exception_ptr reason)
    {
        closed = text_of(reason);
        m.state.lose(std::move(reason));
        watch.stop();
    }

    // ---- what happens

    void open(std::string const& sql, std::uint64_t via = 0)
    {
        m.start(simple("s", sql)
                    .through(via)
                    .owning(7)
                    .with(&call_spec::takes_rows)
                    .with(&call_spec::opens));
        (void)m.written();
        m.feed(columns({"n"}) + row({"1"}));
    }
    void drop()
    {
        dropped = clock_type::now();
        CHECK(m.abandon("s"));
        look_at_drain();
    }
    void feed(std::string const& bytes)
    {
        m.feed(bytes);
        look_at_drain();
    }
    /// A request to cancel has come: it has a connection of its own.
    [[nodiscard]] bool requested()
    {
        asio::error_code error;
        server_.accept(requester_, error);
        return !error;
    }
    void wait_for_request()
    {
        while (closed.empty() && !requested())
            context.run_one_for(1ms);
    }
    void end_request()
    {
        requester_.close();
        while (watch.holds_output() && context.run_one_for(10s) != 0)
            ;
    }

    asio::io_context context{1};
    machine m;
    std::string closed;
    clock_type::time_point dropped;

private:
    asio::ip::tcp::acceptor server_;
    asio::ip::tcp::socket requester_;

public:
    pgcoro::drain_watch<watched> watch;
};

/// Ends it: what is still under way holds the object, whose context it waits in.
class watched_until_end
{
public:
    explicit watched_until_end(std::shared_ptr<watched> it) : it_{std::move(it)} {}
    watched_until_end(watched_until_end const&) = delete;
    watched_until_end& operator=(watched_until_end const&) = delete;
    ~watched_until_end()
    {
        it_->watch.stop();
        it_->context.restart();
        it_->context.run();
    }
    watched* operator->() const { return it_.get(); }

private:
    std::shared_ptr<watched> it_;
};

watched_until_end watch_with(std::chrono::milliseconds limit, clock_type::duration way = {})
{
    return watched_until_end{std::make_shared<watched>(limit, way)};
}

std::string const cancelled = error_response("57014", "canceling statement") + ready();

} // namespace

TEST_CASE("the rest of a stream that comes soon is read, and the server not asked")
{
    auto const at = watch_with(10s);
    at->open("SELECT n FROM t");
    at->drop();
    CHECK(at->watch.holds_output());
    at->m.start(simple("behind", "SELECT 1"));
    at->look_at_drain();
    CHECK(at->watch.writable(at->state()) == 0);
    at->feed(row({"2"}));
    CHECK(at->watch.holds_output());
    at->feed(complete("SELECT 2") + ready());
    CHECK_FALSE(at->watch.holds_output());
    at->context.run(); // until nothing is to come
    CHECK_FALSE(at->requested());
    CHECK_FALSE(at->m["s"].cancelled);
    CHECK(at->closed.empty());
    CHECK(at->m.check_ends().empty());
}

TEST_CASE("a stream with a long rest is cancelled, and all else waits until that is over")
{
    for (bool const answered_first : {false, true}) {
        auto const at = watch_with(10s);
        at->open("SELECT n FROM t");
        at->drop();
        at->m.start(simple("behind", "SELECT 1"));
        at->look_at_drain();
        CHECK_FALSE(at->requested()); // not at once
        at->wait_for_request();
        CHECK(clock_type::now() - at->dropped >= 10ms);
        CHECK(at->watch.holds_output());
        if (answered_first) {
            at->feed(cancelled);
            CHECK(at->watch.holds_output()); // the request may still hit what comes next
            at->end_request();
        } else {
            at->feed(row({"2"}));
            at->feed(cancelled.substr(0, 8));
            CHECK(at->watch.holds_output());
            at->feed(cancelled.substr(8));
            at->end_request();
        }
        CHECK_FALSE(at->watch.holds_output());
        CHECK(at->m["s"].cancelled);
        CHECK(at->closed.empty());
        CHECK(at->m.check_ends().empty());
    }
}

TEST_CASE("a server that is far away has as long as a request would take to send the rest")
{
    auto const far = watch_with(10s, 60ms);
    far->open("SELECT n FROM t");
    far->drop();
    far->wait_for_request();
    CHECK(clock_type::now() - far->dropped >= 60ms);
    CHECK(far->m.check_ends().empty());

    // However far, part of the limit is left for the request.
    auto const limited = watch_with(2s, 1h);
    limited->open("SELECT n FROM t");
    limited->drop();
    limited->wait_for_request();
    CHECK(limited->closed.empty());
    CHECK(clock_type::now() - limited->dropped >= 500ms);
    CHECK(limited->m.check_ends().empty());
}

TEST_CASE("what may be missed, if it were cancelled, is read to its end or costs the connection")
{
    auto const at = watch_with(50ms);
    at->open("DELETE FROM t RETURNING n");
    at->drop();
    CHECK_FALSE(at->watch.holds_output());
    at->context.run();
    CHECK_FALSE(at->requested());
    CHECK(clock_type::now() - at->dropped >= 50ms);
    CHECK(at->closed.find("cancel_timeout") != std::string::npos);
    CHECK(at->m.check_ends().empty());
}

TEST_CASE("a stream in a transaction is cancelled once its ROLLBACK is next")
{
    auto const at = watch_with(10s);
    at->m.start(simple("begin", "BEGIN").owning(3, "ROLLBACK"));
    (void)at->m.written();
    at->feed(complete("BEGIN") + ready('T'));
    at->open("SELECT n FROM t", 3);
    at->drop();
    CHECK_FALSE(at->watch.holds_output());
    call_spec rollback = simple("rollback", "ROLLBACK").through(3).with(&call_spec::rolls_back);
    rollback.releases = 3;
    at->m.start(rollback);
    at->look_at_drain();
    CHECK(at->watch.holds_output());
    at->wait_for_request();
    CHECK(at->watch.writable(at->state()) == 0);
    at->feed(error_response("57014", "canceling statement") + ready('E'));
    at->end_request();
    CHECK(at->m.written().size() == 1);
    at->feed(complete("ROLLBACK") + ready());
    CHECK(at->closed.empty());
    CHECK(at->m.check_ends().empty());
}
