#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pwd.h>
#include <sys/types.h>
#include <unistd.h>

/// \file
/// What libpq asks the operating system for: who runs the program, and files in the home directory.

namespace pgcoro {

/// An environment variable; nothing if it is not set. Setting the environment in one thread while
/// another reads it is undefined.
[[nodiscard]] inline std::optional<std::string> environment_variable(char const* name)
{
    char const* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : std::optional<std::string>{value};
}

/// The name and the home directory that the system knows for who runs the program; both empty where
/// it knows nobody of that number.
struct system_user
{
    std::string name;
    std::string home;
};

[[nodiscard]] inline system_user find_system_user()
{
    std::vector<char> room(16 * 1024);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::geteuid(), &entry, room.data(), room.size(), &found) != 0 ||
        found == nullptr)
        return {};
    return {entry.pw_name, entry.pw_dir};
}

/// ~: HOME, or where that is not set, what the system says; empty where it says nothing.
[[nodiscard]] inline std::string home_directory()
{
    auto home = environment_variable("HOME");
    return home && !home->empty() ? std::move(*home) : find_system_user().home;
}

/// Reads a text file, line by line, without the ends of lines.
class line_reader
{
public:
    explicit line_reader(std::string const& path) : file_{std::fopen(path.c_str(), "re")} {}

    [[nodiscard]] bool opened() const noexcept { return file_ != nullptr; }
    /// For fstat().
    [[nodiscard]] int descriptor() const noexcept { return ::fileno(file_.get()); }
    /// False at the end.
    [[nodiscard]] bool next(std::string& line)
    {
        line.clear();
        int c = std::fgetc(file_.get());
        if (c == EOF)
            return false;
        for (; c != EOF && c != '\n'; c = std::fgetc(file_.get()))
            line += static_cast<char>(c);
        while (line.ends_with('\r'))
            line.pop_back();
        return true;
    }

private:
    struct closer
    {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, closer> file_;
};

} // namespace pgcoro
