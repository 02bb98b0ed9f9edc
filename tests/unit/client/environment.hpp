#pragma once

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

extern char** environ;

/// The environment without PG… and with a HOME of its own, until the end of the scope.
class clean_environment
{
public:
    clean_environment()
    {
        std::vector<std::string> names;
        for (char** each = environ; *each != nullptr; ++each)
            if (std::string const text = *each;
                text.starts_with("PG") && !text.starts_with("PGCORO_"))
                names.push_back(text.substr(0, text.find('=')));
        for (std::string const& name : names)
            remember(name, nullptr);
        std::string pattern = "/tmp/pgcoro-home-XXXXXX";
        home_ = ::mkdtemp(pattern.data());
        remember("HOME", home_.c_str());
        set("PGSYSCONFDIR", home_ + "/sysconf");
        ::mkdir((home_ + "/sysconf").c_str(), 0700);
    }
    clean_environment(clean_environment const&) = delete;
    clean_environment& operator=(clean_environment const&) = delete;
    ~clean_environment()
    {
        while (!before_.empty()) {
            auto const [name, value] = before_.back();
            before_.pop_back();
            if (value)
                ::setenv(name.c_str(), value->c_str(), 1);
            else
                ::unsetenv(name.c_str());
        }
        for (std::string const& path : files_)
            ::unlink(path.c_str());
        ::rmdir((home_ + "/sysconf").c_str());
        ::rmdir(home_.c_str());
    }

    [[nodiscard]] std::string const& home() const noexcept { return home_; }
    void set(std::string const& name, std::string const& value) { remember(name, value.c_str()); }
    void unset(std::string const& name) { remember(name, nullptr); }
    /// A file below home; gives its path.
    std::string write(std::string const& name, std::string const& content, ::mode_t mode = 0600)
    {
        std::string path = home_ + '/' + name;
        std::ofstream{path, std::ios::binary | std::ios::trunc} << content;
        ::chmod(path.c_str(), mode);
        files_.push_back(path);
        return path;
    }

private:
    void remember(std::string const& name, char const* value)
    {
        char const* const old = std::getenv(name.c_str());
        before_.emplace_back(name, old == nullptr ? std::nullopt : std::optional<std::string>{old});
        if (value == nullptr)
            ::unsetenv(name.c_str());
        else
            ::setenv(name.c_str(), value, 1);
    }

    std::string home_;
    std::vector<std::string> files_;
    std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};
