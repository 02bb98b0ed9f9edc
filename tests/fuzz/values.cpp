// The codecs against whatever bytes a server may send, a family at a time: FAMILY is numbers,
// identifiers, strings, times, places, documents, arrays, ranges, composites or records.
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -DFAMILY=times
//       tests/fuzz/values.cpp -o fuzz_times && ./fuzz_times -max_total_time=60

#include "value_input.hpp"

namespace {

template <class Family>
void run(Family const& family, std::span<std::uint8_t const> bytes)
{
    if constexpr (requires { family().seeds(); })
        family()(bytes);
    else
        family(bytes);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    run(fuzz::FAMILY, {data, size});
    return 0;
}
