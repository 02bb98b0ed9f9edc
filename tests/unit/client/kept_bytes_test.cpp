#include "catch.hpp"

#include "pgcoro/client/kept_bytes.hpp"

using pgcoro::block_ref;
using pgcoro::kept_bytes;

namespace {

/// A block, and the stretches that it is read in.
struct reads
{
    block_ref block = block_ref::allocate(1000);
    std::size_t at = 0;

    kept_bytes::stretch into(kept_bytes& kept, std::size_t size)
    {
        std::byte const* const begin = block->data() + at;
        at += size;
        return kept.add(block, begin, begin + size, 1);
    }
};

} // namespace

TEST_CASE("what comes to half a block is handed over at once, and so is all behind it")
{
    kept_bytes kept;
    reads from;
    CHECK(from.into(kept, 200).count == 0);
    CHECK(from.into(kept, 200).count == 0);
    auto const first = from.into(kept, 200);
    CHECK(first.count == 3);
    CHECK(first.begin == from.block->data());
    CHECK(first.end == from.block->data() + 600);
    auto const next = from.into(kept, 100);
    CHECK(next.count == 1);
    CHECK(next.begin == from.block->data() + 600);
    CHECK(kept.settle().count == 0);
    auto const blocks = kept.take_blocks();
    CHECK(blocks.back() == from.block);
}

TEST_CASE("less than half a block is copied when the next begins, or at the end")
{
    kept_bytes kept;
    reads small;
    reads large;
    reads last;
    CHECK(small.into(kept, 499).count == 0);
    auto const copied = large.into(kept, 500);
    CHECK(copied.count == 1);
    CHECK(copied.begin != small.block->data());
    CHECK(copied.end - copied.begin == 499);
    auto const whole = last.into(kept, 10);
    CHECK(whole.begin == large.block->data());
    CHECK(kept.settle().begin != last.block->data());
    auto const blocks = kept.take_blocks();
    CHECK(small.block.unique());
    CHECK_FALSE(large.block.unique());
    CHECK(last.block.unique());
    CHECK_FALSE(blocks.back() == last.block);
}
