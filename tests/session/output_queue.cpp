#include "catch.hpp"

#include <pgcoro/session/output_queue.hpp>

#include <cstddef>
#include <string>

TEST_CASE("output that is never quite empty does not grow for ever")
{
    // Callers that add as fast as the socket takes: it grew to 3 GB.
    pgcoro::output_queue queue;
    std::string const message(100'000, 'x');
    queue.writer().put(message);
    for (int i = 0; i < 1000; ++i) {
        queue.writer().put(message);
        queue.consume(message.size());
        REQUIRE(queue.unsent().size() == message.size());
    }
    CHECK(queue.end() == 1001 * message.size());
    CHECK(queue.sent() == 1000 * message.size());
    CHECK(queue.writer().capacity() < 20 * message.size());
    queue.consume(message.size());
    CHECK(queue.empty());
    CHECK(queue.end() == queue.sent());
}

TEST_CASE("places stay what they were when what was sent is cut off")
{
    pgcoro::output_queue queue;
    queue.writer().put(std::string(400'000, 'a'));
    auto const begin = queue.end();
    queue.writer().put(std::string(100, 'b'));
    auto const end = queue.end();
    queue.writer().put(std::string(100, 'c'));
    queue.consume(399'000);
    queue.withdraw(begin, end);
    REQUIRE(queue.unsent().size() == 1100);
    CHECK(queue.unsent()[999] == std::byte{'a'});
    CHECK(queue.unsent()[1000] == std::byte{'c'});
}
