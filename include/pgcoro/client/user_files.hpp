#pragma once

#include "../net/system_user.hpp"

#include <cstdio>
#include <memory>
#include <string>

namespace pgcoro {

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
