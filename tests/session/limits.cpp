#include "machine.hpp"

#include "backend.hpp"
#include "catch.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace limits_test {

namespace {

using namespace pgcoro;

/// A Bind of 200,000 bytes, a quarter of it a turn; or it fails before one of them. Before another
/// it waits for a turn.
class quarters final : public source
{
public:
    explicit quarters(int fails_at, int waits_at = -1) : fails_at_{fails_at}, waits_at_{waits_at} {}

    void begin(std::string_view, std::span<std::byte const>, std::span<oid const> types) override
    {
        if (types.size() != 1 || types[0] != oid{17})
            throw std::logic_error{"the types are not known"};
    }
    turn feed(byte_writer& out) override
    {
        turn now;
        if (at_ == waits_at_) {
            waits_at_ = -1;
            now.more = now.waits = true;
            return now;
        }
        if (at_ == fails_at_) {
            now.failure = std::make_exception_ptr(std::runtime_error{"the source fails"});
            return now;
        }
        std::size_t const before = out.size();
        if (at_ == 0) {
            out.put(std::uint8_t{'B'});
            out.put(std::uint32_t{200'000 - 1});
        }
        (void)out.extend(50'000 - (out.size() - before));
        if (++at_ == 4) {
            write_execute(out);
            now.executions = 1;
        }
        now.more = at_ != 4;
        return now;
    }
    [[nodiscard]] bool within_message() const noexcept override { return at_ > 0 && at_ < 4; }

private:
    int fails_at_;
    int waits_at_;
    int at_ = 0;
};

class observed_call final : public exchange
{
public:
    observed_call(request what, std::exception_ptr& ended)
        : exchange{std::move(what), no_owner}, ended_{ended}
    {
        identify(100);
    }

private:
    void finished() override
    {
        ended_ = error() ? error() : std::make_exception_ptr(std::logic_error{"none"});
        delete this;
    }
    std::exception_ptr& ended_;
};

std::unique_ptr<observed_call> make_call(std::exception_ptr& ended)
{
    request what{request::protocol::extended, "SELECT $1"};
    what.type_writer().put(std::uint16_t{1});
    what.type_writer().put(std::uint32_t{0});
    return std::make_unique<observed_call>(std::move(what), ended);
}

std::unique_ptr<observed_call> make_call(int fails_at, std::exception_ptr& ended, int waits_at = -1)
{
    auto made = make_call(ended);
    made->take_ownership(owner_id{7}, "a call");
    made->feed_from(std::make_unique<quarters>(fails_at, waits_at));
    made->ask_first();
    return made;
}

constexpr auto any_size = std::size_t(-1);
std::string const described =
    backend::parse_complete() + backend::parameters({17}) + backend::no_data() + backend::ready();

} // namespace

TEST_CASE("a message is written in pieces once the types of the parameters are known")
{
    machine m;
    m.log_in();
    std::exception_ptr ended;
    m.state.start(make_call(-1, ended));
    std::size_t const asking = m.take(any_size).size();
    CHECK(asking < 200);
    m.start(simple("stranger", "SELECT 1"));
    CHECK(is_a<operation_in_progress>(m["stranger"].error));
    m.feed(described);
    std::string const written = m.take(any_size);
    CHECK(written.size() == 200'000 + 10 + 5); // Execute, Sync
    CHECK(written.ends_with(std::string{"S\0\0\0\4", 5}));
    m.feed(backend::bind_complete() + backend::complete("SELECT 1") + backend::ready());
    CHECK(text_of(ended) == "none");
    m.start(simple("b", "SELECT 1"));
    CHECK(m.written().size() == 1);
    CHECK(m.check_ends().empty());
}

TEST_CASE("a message that can't be written to its end is taken back, or costs the connection")
{
    for (int const fails_at : {0, 1, 2, 3}) {
        for (std::size_t const taken : {std::size_t{0}, std::size_t{1}, any_size}) {
            INFO(fails_at << ", " << taken);
            machine m;
            m.log_in();
            std::exception_ptr ended;
            m.state.start(make_call(fails_at, ended));
            (void)m.take(any_size);
            m.feed(described);
            if (taken != 0)
                (void)m.take(taken);
            (void)m.take(any_size);
            CHECK(text_of(ended) == "the source fails");
            // Before the first byte of it has left.
            bool const harmless = fails_at == 0;
            CHECK(static_cast<bool>(m.state.closed()) == !harmless);
            m.start(simple("b", "SELECT 1"));
            if (harmless)
                CHECK(m.written().size() == 1);
            else
                CHECK(is_a<connection_lost>(m["b"].error));
            CHECK(m.check_ends().empty());
        }
    }
}

TEST_CASE("a message whose source waits is gone on with when that has more")
{
    struct left
    {};
    for (int const waits_at : {0, 1, 3}) {
        for (std::string const how : {"goes on", "fails", "is left", "is refused"}) {
            INFO(waits_at << " " << how);
            machine m;
            m.log_in();
            std::exception_ptr ended;
            m.state.start(make_call(how == "fails" ? waits_at : -1, ended, waits_at));
            (void)m.take(any_size);
            m.feed(described);
            std::string written = m.take(any_size);
            CHECK(written.size() == std::size_t(waits_at) * 50'000);
            CHECK_FALSE(m.state.feeding());
            CHECK(m.take(any_size).empty());
            if (how == "is left")
                m.state.abandon(100, std::make_exception_ptr(left{}));
            else if (how == "is refused")
                m.feed(backend::error_response("57014", "canceled"));
            m.state.feed_again(99); // somebody else's
            CHECK(m.state.feeding() == (how == "is left" && waits_at != 0));
            m.state.feed_again(100);
            written += m.take(any_size);
            if (how == "goes on") {
                CHECK(written.size() == 200'000 + 10 + 5);
                m.feed(backend::bind_complete() + backend::complete("SELECT 1") + backend::ready());
                CHECK(text_of(ended) == "none");
            } else {
                m.tell();
                CHECK(ended);
            }
            bool const open = how == "goes on" || waits_at == 0;
            CHECK(static_cast<bool>(m.state.closed()) == !open);
            CHECK(m.check_ends().empty());
        }
    }
}

TEST_CASE("a call that is left while its message is written costs the connection")
{
    struct left
    {};
    for (bool const begun : {false, true}) {
        machine m;
        m.log_in();
        std::exception_ptr ended;
        m.state.start(make_call(-1, ended));
        (void)m.take(any_size);
        m.feed(described);
        if (begun)
            (void)m.take(60'000);
        m.state.abandon(100, std::make_exception_ptr(left{}));
        (void)m.take(any_size);
        m.tell();
        CHECK(static_cast<bool>(m.state.closed()) == begun);
        CHECK(ended);
    }
}

TEST_CASE("the server's error in the middle of a message costs the connection")
{
    machine m;
    m.log_in();
    std::exception_ptr ended;
    m.state.start(make_call(-1, ended));
    (void)m.take(any_size);
    m.feed(described);
    (void)m.take(60'000);
    m.feed(backend::error_response("57014", "canceled"));
    (void)m.take(any_size);
    CHECK(is_a<query_canceled>(ended));
    CHECK(m.state.closed());
}

TEST_CASE("arguments and texts that no message can hold are refused before anything is written")
{
    machine m;
    m.log_in();
    std::exception_ptr ended;
    // Not touched: it takes no memory.
    request what{request::protocol::extended, "SELECT $1, $2"};
    what.type_writer().put(std::uint16_t{2});
    what.type_writer().put(std::uint64_t{0});
    byte_writer& values = what.parameter_writer();
    values.put(std::uint16_t{0}); // all as text
    values.put(std::uint16_t{2});
    values.put(std::int32_t{-1});
    values.put(std::uint32_t{largest_message});
    (void)values.extend(largest_message);
    m.state.start(std::make_unique<observed_call>(std::move(what), ended));
    m.tell();
    CHECK(is_a<encode_error>(ended));
    CHECK_THAT(text_of(ended), Catch::Matchers::ContainsSubstring(
                                   "parameter $2: with it the arguments take more than the 1 GiB"));
    CHECK(m.take(any_size).empty());
    m.start(simple("b", "SELECT 1"));
    CHECK(m.written().size() == 1);
    CHECK(m.check_ends().empty());
}

} // namespace limits_test
