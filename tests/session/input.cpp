#include "script.hpp"

#include "catch.hpp"

namespace {

using namespace pgcoro;
using namespace backend;

messages first_row_on(messages const& rows)
{
    return messages{parse_complete(), parameters(), columns({"n"}), bind_complete()} + rows +
           messages{complete("SELECT " + std::to_string(rows.size())), ready()};
}

} // namespace

TEST_CASE("blocks grow only with the bytes that arrive, not with what a header claims")
{
    machine m;
    m.log_in();
    m.start(extended("a", "A"));
    (void)m.written();
    m.feed(parse_complete() + parameters() + columns({"n"}) + bind_complete());
    m.feed(lying('D', 0x3ffffff0, number(std::uint16_t{1}) + number(0x3fffffe0)));
    std::size_t fed = 0;
    for (; fed < 3'000'000; fed += 10'000) {
        m.feed(std::string(10'000, 'x'));
        REQUIRE(m.largest_room <= 2 * (fed + 64 * 1024));
    }
    CHECK_FALSE(m.state.closed());
    CHECK(m.check_ends().empty());
}

TEST_CASE("messages that are larger than a block, between small ones")
{
    for (std::size_t const block : {1u, 64u, 4096u, 65536u}) {
        for (std::size_t const chunk : {1000u, 100'000u, 10'000'000u}) {
            INFO("blocks of " << block << ", reads of " << chunk);
            session_settings settings;
            settings.block_size = block;
            machine m{settings};
            m.log_in();
            m.chunk = chunk;
            messages const fields{"a", std::string(100'000, 'b'), "c", std::string(1'000'000, 'd'),
                std::string(70'000, 'e'), "f"};
            messages rows;
            for (auto const& each : fields)
                rows.push_back(row({each}));
            m.start(extended("a", "A").with(&call_spec::keeps_blocks));
            m.start(extended("b", "B"));
            (void)m.written();
            std::string all;
            for (auto const& each : first_row_on(rows) + first_row_on({row({"g"})}))
                all += each;
            m.feed(all);
            CHECK((m["a"].rows == fields));
            CHECK(m["a"].intact());
            CHECK(m["b"].rows == messages{"g"});
            CHECK(m.check_ends().empty());
        }
    }
}

TEST_CASE("a large message's memory is not kept")
{
    machine m;
    m.log_in();
    m.start(extended("a", "A"));
    (void)m.written();
    m.feed(parse_complete() + parameters() + columns({"n"}) + bind_complete() +
           row({std::string(1'000'000, 'x')}));
    CHECK(m.state.prepare_input().size() <= 64 * 1024);
    CHECK(m.check_ends().empty());
}

TEST_CASE("what a result keeps is never overwritten; what nobody keeps is used again")
{
    machine m;
    m.log_in();
    m.start(extended("a", "A").with(&call_spec::keeps_blocks));
    (void)m.written();
    m.feed(parse_complete() + parameters() + columns({"n"}) + bind_complete());
    for (int i = 0; i < 20'000; ++i) {
        m.feed(row({std::to_string(i)}));
    }
    CHECK(m["a"].rows.size() == 20'000);
    CHECK(m["a"].intact());
    CHECK(m.check_ends().empty());

    input_buffer input{4096};
    auto const* const first = input.prepare(0).data();
    for (int i = 0; i < 10; ++i) {
        CHECK(input.prepare(0).data() == first);
        input.received(100);
        input.parsed(100);
    }
    block_ref const kept = input.current();
    CHECK(input.prepare(0).data() != first);
}

TEST_CASE("the limit of a message's size is kept to")
{
    session_settings small;
    small.largest_frame = 100;
    machine m{small};
    m.log_in();
    m.start(extended("a", "A"));
    (void)m.written();
    m.feed(parse_complete() + parameters() + columns({"n"}) + bind_complete() +
           row({std::string(90, 'x')}));
    CHECK_FALSE(m.state.closed());
    m.feed(row({std::string(91, 'x')}));
    CHECK(is_a<protocol_error>(m.state.closed()));
    CHECK(m["a"].rows.size() == 1);
    CHECK(m.check_ends().empty());
}

TEST_CASE("rows that are none end the session, those before them are handed over")
{
    for (auto const& bad : {lying('D', 5, "x"), lying('D', 4, {}), lying('D', 0, {})}) {
        machine m;
        m.log_in();
        m.start(extended("a", "A"));
        (void)m.written();
        m.feed(
            parse_complete() + parameters() + columns({"n"}) + bind_complete() + row({"1"}) + bad);
        CHECK(is_a<protocol_error>(m["a"].error));
        CHECK(m["a"].rows == messages{"1"});
        CHECK(m.check_ends().empty());
    }
}
