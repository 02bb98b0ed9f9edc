#include "../catch.hpp"
#include "counted_allocations.hpp"

#include <pgcoro/types/builtin.hpp>
#include <pgcoro/types/duration.hpp>
#include <pgcoro/types/time_of_day.hpp>
#include <pgcoro/types/timestamp.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace pg = pgcoro;
using pg::format;

namespace {

/// How many allocations it takes to decode the value a thousand times and to encode it again.
template <class T>
std::uint64_t allocations_of(T const& value)
{
    pg::small_byte_writer<1024> bytes;
    pg::codec<T>::encode(value, format::binary, bytes);
    pg::field const from{
        bytes.data(), static_cast<std::int32_t>(bytes.size()), pg::type_of<T>(), format::binary};
    pg::small_byte_writer<1024> out;
    bool same = true;
    std::uint64_t const before = counted_allocations();
    for (int i = 0; i < 1000; ++i) {
        T read{};
        same = same && pg::decode_field(from, read);
        out.clear();
        pg::codec<T>::encode(read, format::binary, out);
    }
    std::uint64_t const after = counted_allocations();
    CHECK(same);
    CHECK(out.size() == bytes.size());
    return after - before;
}

} // namespace

TEST_CASE("values of fixed size, and numerics of up to 29 digits, allocate nothing")
{
    using namespace std::chrono;
    for (char const* text : {"0", "-12.50", "999999999999999999", "0.000000000000000001", "NaN",
             "12345678901234567.890123456789"})
        CHECK(allocations_of(pg::numeric{text}) == 0);
    CHECK(allocations_of(pg::uuid{}) == 0);
    CHECK(allocations_of(pg::interval{1, 2, 3}) == 0);
    CHECK(allocations_of(sys_time<microseconds>{}) == 0);
    CHECK(allocations_of(pg::time_with_offset{}) == 0);
    CHECK(allocations_of(seconds{5}) == 0);
    CHECK(allocations_of(pg::numeric{std::string(40, '9')}) == 1000); // so it would be noticed
}
