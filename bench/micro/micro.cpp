// Encoding, decoding, framing and the session without a socket. micro: nanoseconds for each sample,
// as JSON. micro NAME N: that sample N times, for callgrind to count.

#include "codecs.hpp"
#include "rows.hpp"
#include "sample.hpp"
#include "sessions.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

int main(int argc, char** argv)
{
    try {
        bench::sample_list samples;
        bench::add_codec_samples(samples);
        bench::add_row_samples(samples);
        bench::add_session_samples(samples);
        if (argc == 3) {
            for (auto const& each : samples.all())
                if (each.name == argv[1])
                    each.run(std::strtoul(argv[2], nullptr, 10));
            return 0;
        }
        char const* separator = "{\n";
        for (auto const& each : samples.all()) {
            std::printf("%s  \"%s\": %.2f", separator, each.name.c_str(), nanoseconds(each));
            separator = ",\n";
        }
        std::puts("\n}");
    } catch (std::exception const& error) {
        std::fprintf(stderr, "micro: %s\n", error.what());
        return 1;
    }
}
