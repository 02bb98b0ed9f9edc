#pragma once

#include "server_start_error.hpp"
#include "unprivileged_user.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace pgcoro::testing {

/// Writes a file that the server's user alone may read, in place of the one that was there. Throws
/// server_start_error.
inline void write_private_file(std::string const& path, std::string_view content)
{
    ::unlink(path.c_str());
    int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    auto const user = server_user();
    bool written = file >= 0 && (!user || ::fchown(file, user->uid, user->gid) == 0);
    while (written && !content.empty()) {
        ssize_t const count = ::write(file, content.data(), content.size());
        if (count > 0)
            content.remove_prefix(static_cast<std::size_t>(count));
        else
            written = errno == EINTR;
    }
    int const reason = errno;
    if (file >= 0)
        ::close(file);
    if (!written)
        throw server_start_error{"could not write " + path + ": " + std::strerror(reason)};
}

/// All of a file, or as much as can be read.
[[nodiscard]] inline std::string read_file(std::string const& path)
{
    std::string content;
    int const file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return content;
    std::array<char, 4096> bytes;
    for (;;) {
        ssize_t const count = ::read(file, bytes.data(), bytes.size());
        if (count > 0)
            content.append(bytes.data(), static_cast<std::size_t>(count));
        else if (count == 0 || errno != EINTR)
            break;
    }
    ::close(file);
    return content;
}

/// The end of a text, for error messages.
[[nodiscard]] inline std::string last_lines(std::string_view text, std::size_t count)
{
    while (!text.empty() && text.back() == '\n')
        text.remove_suffix(1);
    std::size_t begin = text.size();
    while (count-- != 0 && begin != std::string_view::npos && begin != 0)
        begin = text.rfind('\n', begin - 1);
    return std::string{text.substr(begin == std::string_view::npos || begin == 0 ? 0 : begin + 1)};
}

} // namespace pgcoro::testing
