#include "catch.hpp"

#include <pgcoro/core/block.hpp>
#include <pgcoro/core/byte_reader.hpp>
#include <pgcoro/core/byte_writer.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace {

using namespace pgcoro;

std::string text_of(byte_writer const& writer)
{
    return {reinterpret_cast<char const*>(writer.data()), writer.size()};
}

bool is_inline(byte_writer const& writer, std::size_t object_size)
{
    auto const* const object = reinterpret_cast<std::byte const*>(&writer);
    return writer.data() >= object && writer.data() < object + object_size;
}

using small = small_byte_writer<16>;

bool is_inline(small const& writer)
{
    return is_inline(writer, sizeof writer);
}

std::string const long_text(100, 'x');

} // namespace

TEST_CASE("a writer puts numbers in network order")
{
    byte_writer writer;
    CHECK(writer.empty());
    writer.put(std::int16_t{0x0102});
    writer.put(std::uint32_t{0x03040506});
    writer.put(std::int64_t{-2});
    writer.put_string("ab");
    CHECK(text_of(writer) == std::string{"\x01\x02\x03\x04\x05\x06\xff\xff\xff\xff\xff\xff\xff\xfe"
                                         "ab\0",
                                 17});
}

TEST_CASE("a writer leaves its inline storage when that is full, and only then")
{
    small writer;
    writer.put("0123456789abcdef");
    CHECK(is_inline(writer));
    writer.put("g");
    CHECK_FALSE(is_inline(writer));
    CHECK(text_of(writer) == "0123456789abcdefg");
    for (int i = 0; i < 1000; ++i)
        writer.put(std::uint8_t{'h'});
    CHECK(text_of(writer) == "0123456789abcdefg" + std::string(1000, 'h'));
}

TEST_CASE("moving a writer takes its bytes and leaves it usable")
{
    for (auto const& text : {std::string{"inline"}, long_text}) {
        small from;
        from.put(text);
        small to{std::move(from)};
        CHECK(text_of(to) == text);
        CHECK(from.empty());
        CHECK(is_inline(from));
        CHECK(is_inline(to) == (text.size() <= 16));
        from.put("again");
        CHECK(text_of(from) == "again");
        CHECK(text_of(to) == text);
    }
}

TEST_CASE("assigning over a writer works in every pairing of inline and heap")
{
    for (auto const& before : {std::string{}, std::string{"before"}, long_text}) {
        for (auto const& after : {std::string{}, std::string{"after"}, long_text + "y"}) {
            small from;
            from.put(after);
            small to;
            to.put(before);
            to = std::move(from);
            CHECK(text_of(to) == after);
            CHECK(from.empty());
            to.put("!");
            from.put("?");
            CHECK(text_of(to) == after + "!");
            CHECK(text_of(from) == "?");
            to = std::move(from);
            from = std::move(to); // and back
            CHECK(text_of(from) == "?");
        }
    }
    small self;
    self.put(long_text);
    small& same = self;
    self = std::move(same);
    CHECK(text_of(self) == long_text);
}

TEST_CASE("a writer without inline storage moves too")
{
    byte_writer from;
    from.put(long_text);
    byte_writer to;
    to.put("old");
    to = std::move(from);
    CHECK(text_of(to) == long_text);
    CHECK(from.empty());
    CHECK(from.capacity() == 0);
    from.put("new");
    CHECK(text_of(from) == "new");
}

TEST_CASE("erasing, cutting and patching change only what they name")
{
    byte_writer writer;
    writer.put(std::uint32_t{0});
    writer.put("abcdef");
    writer.patch(0, std::uint32_t{0x31323334});
    CHECK(text_of(writer) == "1234abcdef");
    writer.erase(0, 4);
    CHECK(text_of(writer) == "abcdef");
    writer.erase(2, 2);
    CHECK(text_of(writer) == "abef");
    writer.erase(4, 0);
    writer.erase(2, 2);
    CHECK(text_of(writer) == "ab");
    writer.truncate(1);
    CHECK(text_of(writer) == "a");
    writer.clear();
    CHECK(writer.empty());
    writer.put(std::string_view{});
    CHECK(writer.empty());
}

TEST_CASE("what a writer cannot hold leaves it as it was")
{
    small writer;
    writer.put("kept");
    CHECK_THROWS_AS(writer.extend(SIZE_MAX), std::bad_alloc);
    CHECK_THROWS_AS(writer.extend(SIZE_MAX / 2), std::bad_alloc);
    CHECK(text_of(writer) == "kept");
}

TEST_CASE("a reader gives back what a writer put")
{
    byte_writer writer;
    writer.put(std::int16_t{-3});
    writer.put(std::uint64_t{0x0102030405060708});
    writer.put_string("text");
    writer.put_string("");
    writer.put("rest");
    byte_reader reader{writer.bytes()};
    CHECK(reader.get<std::int16_t>() == -3);
    CHECK(reader.get<std::uint64_t>() == 0x0102030405060708);
    CHECK(reader.get_string() == "text");
    CHECK(reader.get_string().empty());
    CHECK_FALSE(reader.exhausted());
    CHECK(reader.remaining() == 4);
    CHECK(reader.get_rest().size() == 4);
    CHECK(reader.exhausted());
    CHECK(reader.get_rest().empty());
    CHECK(reader.get_bytes(0).empty());
    CHECK(reader.exhausted());
}

TEST_CASE("reading past the end gives zeros and stays failed")
{
    std::byte const bytes[] = {std::byte{1}, std::byte{2}, std::byte{3}};
    byte_reader number{bytes};
    CHECK(number.get<std::int32_t>() == 0);
    CHECK_FALSE(number.ok());
    CHECK(number.get<std::uint8_t>() == 0); // not the 1 that was there
    CHECK(number.remaining() == 0);
    CHECK_FALSE(number.exhausted());

    byte_reader run{bytes};
    CHECK(run.get_bytes(4).empty());
    CHECK_FALSE(run.ok());

    byte_reader text{bytes}; // no zero at its end
    CHECK(text.get_string().empty());
    CHECK_FALSE(text.ok());

    byte_reader nothing{{}};
    CHECK(nothing.exhausted());
    CHECK(nothing.get_string().empty());
    CHECK_FALSE(nothing.ok());
}

TEST_CASE("a block lives as long as anyone looks at it")
{
    auto first = block_ref::allocate(100);
    CHECK(first->capacity() == 100);
    CHECK(first.unique());
    first->data()[99] = std::byte{7};

    auto second = first;
    CHECK_FALSE(first.unique());
    CHECK(first == second);
    first = block_ref{};
    CHECK_FALSE(first);
    CHECK(second.unique());
    CHECK(second->data()[99] == std::byte{7});

    auto third = std::move(second);
    CHECK_FALSE(second);
    CHECK(third.unique());
    block_ref& same = third;
    third = same;
    CHECK(third.unique());
    third = block_ref::allocate(0);
    CHECK(third->capacity() == 0);
}
