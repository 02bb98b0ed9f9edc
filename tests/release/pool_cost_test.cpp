#include "../catch.hpp"
#include "counted_allocations.hpp"

#include <pgcoro/pool/pool_policy.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

using namespace std::chrono_literals;
namespace pg = pgcoro;

namespace {

struct caller : pg::queued
{};

/// All that a pool does when a connection is lent, waited for and given back.
template <class Policy>
std::size_t lend(Policy& pool, caller& who, pg::pool_policy<>::time_point now)
{
    pg::slot_index const at = pool.take(now);
    if (at == pg::no_slot)
        pool.wait(who, now, 1s);
    else
        pool.give_back(at, true, now);
    while (pool.next(now).what != pg::pool_action::kind::nothing) {
    }
    pool.leave(who);
    return pool.idle();
}

} // namespace

// Found in the program by their names, and in no other.
extern "C" {
[[gnu::noinline, gnu::flatten]] std::size_t pgcoro_test_of_the_free_list(
    pg::pool_policy<>& pool, caller& who, pg::pool_policy<>::time_point now)
{
    return lend(pool, who, now);
}
[[gnu::noinline]] int pgcoro_test_of_what_is_locked(std::atomic<int>& counter)
{
    return counter.fetch_add(1);
}
}

namespace {

/// The machine code of one of this program's functions; empty without objdump.
std::string disassembled(std::string const& function)
{
    std::string const command =
        "objdump -d --no-show-raw-insn --disassemble=" + function + " /proc/$PPID/exe 2>/dev/null";
    std::unique_ptr<FILE, int (*)(FILE*)> const pipe{::popen(command.c_str(), "r"), ::pclose};
    std::string text;
    std::array<char, 4096> part{};
    for (std::size_t count = 1; pipe && count != 0;) {
        count = std::fread(part.data(), 1, part.size(), pipe.get());
        text.append(part.data(), count);
    }
    return text;
}

} // namespace

TEST_CASE("a pool of one thread locks nothing")
{
#ifndef __x86_64__
    return skip("only x86-64's instructions are known here");
#endif
    std::atomic<int> counter{0};
    CHECK(pgcoro_test_of_what_is_locked(counter) == 0);
    pg::pool_policy<> pool{{.max_size = 2}};
    caller who;
    CHECK(pgcoro_test_of_the_free_list(pool, who, pg::pool_policy<>::time_point{1h}) == 0);

    std::string const locked = disassembled("pgcoro_test_of_what_is_locked");
    if (locked.empty())
        return skip("objdump was not found");
    CHECK_THAT(locked, Catch::Matchers::ContainsSubstring("lock "));
    std::string const code = disassembled("pgcoro_test_of_the_free_list");
    CHECK(std::count(code.begin(), code.end(), '\n') > 100); // it is all in there
    CHECK_THAT(code, !Catch::Matchers::ContainsSubstring("lock ") &&
                         !Catch::Matchers::ContainsSubstring("pthread"));
    // Exchanging with memory locks unasked; between registers it pads the code.
    CHECK_THAT(code, !Catch::Matches("[^]*xchg [^\\n]*\\([^]*"));
}

TEST_CASE("a pool whose capacity is known allocates no slots")
{
    pg::pool_options const limits{.max_size = 4};
    auto before = counted_allocations();
    pg::pool_policy<pg::pool_order::last_in_first_out, pg::pool_waiting::in_line, 4> fixed{limits};
    auto const now = pg::pool_policy<>::time_point{1h};
    caller who;
    for (int i = 0; i < 10; ++i)
        lend(fixed, who, now);
    fixed.resize(2, 100);
    auto const cost = counted_allocations() - before;
    CHECK(cost == 0);
    CHECK(fixed.max_size() == 4);
    before = counted_allocations();
    pg::pool_policy<> const other{limits};
    auto const of_other = counted_allocations() - before;
    CHECK(of_other == 1);
}
