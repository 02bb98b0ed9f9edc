// The session against whatever a server may send, and against whatever order things may happen in:
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Itests
//       tests/fuzz/session.cpp -lcrypto -o fuzz_session && ./fuzz_session -max_total_time=60

#include "session_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    fuzz::session({data, size});
    return 0;
}
