#include "fuzz/value_input.hpp"

#include "catch.hpp"

#include <algorithm>
#include <random>

// The functions of the fuzzers in tests/fuzz, for a fixed number of inputs: noise, and good values
// that were damaged.

namespace {

using fuzz::input_bytes;

constexpr int inputs_of_each_family = 20'000;

/// Flips, cuts, repeats, inserts; now and then with a mark that means something.
void damage(input_bytes& bytes, std::mt19937_64& random)
{
    static constexpr std::string_view marks =
        "{}[]()<>=\"'\\,:;-+/*&|! .0129abcefNULL\0\x7f\x80\xff";
    for (auto times = 1 + random() % 4; times != 0; --times) {
        std::size_t const at = random() % (bytes.size() + 1);
        auto const place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        auto const rest = static_cast<std::ptrdiff_t>(random() % (bytes.size() - at + 1));
        auto const mark = static_cast<std::uint8_t>(marks[random() % marks.size()]);
        switch (random() % 6) {
        case 0:
            if (at < bytes.size())
                bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1U << random() % 8);
            break;
        case 1:
            if (at < bytes.size())
                bytes[at] = mark;
            break;
        case 2:
            bytes.insert(place, mark);
            break;
        case 3:
            bytes.erase(place, place + rest);
            break;
        case 4: {
            input_bytes const piece(place, place + rest);
            bytes.insert(place, piece.begin(), piece.end());
            break;
        }
        default:
            std::fill(place, place + std::min<std::ptrdiff_t>(rest, 4), mark);
        }
    }
}

template <class Run>
void check_inputs(Run const& run, std::vector<input_bytes> const& seeds)
{
    int failures = 0;
    for (int number = 0; number < inputs_of_each_family && failures < 5; ++number) {
        std::mt19937_64 random{static_cast<std::uint64_t>(number)}; // the same every time
        input_bytes bytes;
        if (seeds.empty() || number % 4 == 0) {
            bytes.resize(random() % 64);
            for (auto& each : bytes)
                each = static_cast<std::uint8_t>(random());
        } else {
            bytes = seeds[random() % seeds.size()];
            damage(bytes, random);
        }
        try {
            run(bytes);
        } catch (std::exception const& thrown) {
            ++failures;
            std::string const text(bytes.begin(), bytes.end());
            UNSCOPED_INFO("input " << number << ": " << thrown.what() << ": " << text);
        }
    }
    CHECK(failures == 0);
}

void check_family(fuzz::family const& family)
{
    for (input_bytes const& seed : family.seeds())
        family(seed);
    check_inputs(family, family.seeds());
}

} // namespace

TEST_CASE("fuzzed numbers and identifiers")
{
    check_family(fuzz::numbers());
    check_family(fuzz::identifiers());
}

TEST_CASE("fuzzed strings, bytes, bits and enums")
{
    check_family(fuzz::strings());
}

TEST_CASE("fuzzed dates and times")
{
    check_family(fuzz::times());
}

TEST_CASE("fuzzed addresses and geometric values")
{
    check_family(fuzz::places());
}

TEST_CASE("fuzzed documents")
{
    check_family(fuzz::documents());
}

TEST_CASE("fuzzed arrays")
{
    check_family(fuzz::arrays());
}

TEST_CASE("fuzzed ranges")
{
    check_family(fuzz::ranges());
}

TEST_CASE("fuzzed composites")
{
    check_family(fuzz::composites());
}

TEST_CASE("fuzzed values of records")
{
    check_inputs(fuzz::records, {});
}
