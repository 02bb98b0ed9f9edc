#include "catch.hpp"

#include <pgcoro/net/socket_writer.hpp>
#include <pgcoro/session/output_queue.hpp>

#include <memory>

namespace {

/// What the writer asks of a driver before it writes.
struct idle_driver
{
    struct
    {
        pgcoro::output_queue queue;
        bool feeds = false;
        bool gathers = false;

        [[nodiscard]] pgcoro::output_queue const& output() const { return queue; }
        [[nodiscard]] bool feeding() const { return feeds; }
        [[nodiscard]] bool may_gather() const { return gathers; }
    } session_;
    struct
    {
        [[nodiscard]] static bool holds_output() { return false; }
        template <class Session>
        [[nodiscard]] static std::size_t writable(Session const&)
        {
            return 0;
        }
    } drain_;
    struct
    {
        [[nodiscard]] static bool is_open() { return true; }
    } socket_;
    std::unique_ptr<pgcoro::tls_filter> filter_;
};

} // namespace

TEST_CASE("what the session would rather gather is not written yet")
{
    idle_driver at;
    pgcoro::socket_writer<idle_driver> const writer;
    CHECK_FALSE(writer.may_write(at));
    at.session_.feeds = true;
    CHECK(writer.may_write(at));
    at.session_.feeds = false;
    at.session_.queue.writer().put(std::uint8_t{1});
    CHECK(writer.may_write(at));
    at.session_.gathers = true;
    CHECK_FALSE(writer.may_write(at));
}
